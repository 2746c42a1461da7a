.class public Lcn/innocent/map/AgreeListener;
.super Ljava/lang/Object;
.source "AgreeListener.java"
.implements Landroid/view/View$OnClickListener;

.field private final activity:Landroid/app/Activity;

.method public constructor <init>(Landroid/app/Activity;)V
    .registers 2
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    iput-object p1, p0, Lcn/innocent/map/AgreeListener;->activity:Landroid/app/Activity;
    return-void
.end method

.method public onClick(Landroid/view/View;)V
    .registers 10
    iget-object v0, p0, Lcn/innocent/map/AgreeListener;->activity:Landroid/app/Activity;
    const/4 v1, 0x1
    invoke-static {v0, v1}, Lcom/amap/api/location/AMapLocationClient;->updatePrivacyAgree(Landroid/content/Context;Z)V
    new-instance v2, Landroid/content/Intent;
    const-class v3, Lcn/innocent/map/MapActivity;
    invoke-direct {v2, v0, v3}, Landroid/content/Intent;-><init>(Landroid/content/Context;Ljava/lang/Class;)V
    invoke-virtual {v0, v2}, Landroid/app/Activity;->startActivity(Landroid/content/Intent;)V
    return-void
.end method
