.class public Lcn/innocent/tv/TvActivity;
.super Landroid/app/Activity;
.source "TvActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/tv
    invoke-virtual {p0, v0}, Lcn/innocent/tv/TvActivity;->setContentView(I)V
    return-void
.end method
