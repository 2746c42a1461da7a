.class public Lcn/innocent/news/AgreeListener;
.super Ljava/lang/Object;
.source "AgreeListener.java"
.implements Landroid/view/View$OnClickListener;

.field private final activity:Landroid/app/Activity;

.method public constructor <init>(Landroid/app/Activity;)V
    .registers 2
    invoke-direct {p0}, Ljava/lang/Object;-><init>()V
    iput-object p1, p0, Lcn/innocent/news/AgreeListener;->activity:Landroid/app/Activity;
    return-void
.end method

.method public onClick(Landroid/view/View;)V
    .registers 10
    iget-object v0, p0, Lcn/innocent/news/AgreeListener;->activity:Landroid/app/Activity;
    const-string v1, "fixture-umeng-0002"
    const-string v2, "official"
    const/4 v3, 0x1
    const/4 v4, 0x0
    invoke-static/range {v0 .. v4}, Lcom/umeng/commonsdk/UMConfigure;->init(Landroid/content/Context;Ljava/lang/String;Ljava/lang/String;ILjava/lang/String;)V
    invoke-static {v0}, Lcom/bytedance/sdk/openadsdk/TTAdSdk;->start(Landroid/content/Context;)V
    return-void
.end method
