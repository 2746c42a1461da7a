.class public Lcn/innocent/map/ConsentActivity;
.super Landroid/app/Activity;
.source "ConsentActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/consent
    invoke-virtual {p0, v0}, Lcn/innocent/map/ConsentActivity;->setContentView(I)V
    const v0, @id/agree
    invoke-virtual {p0, v0}, Lcn/innocent/map/ConsentActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/map/AgreeListener;
    invoke-direct {v1, p0}, Lcn/innocent/map/AgreeListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    return-void
.end method
