.class public Lcn/innocent/parcel/SendActivity;
.super Landroid/app/Activity;
.source "SendActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/send
    invoke-virtual {p0, v0}, Lcn/innocent/parcel/SendActivity;->setContentView(I)V
    const v0, @id/pick
    invoke-virtual {p0, v0}, Lcn/innocent/parcel/SendActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/parcel/PickListener;
    invoke-direct {v1, p0}, Lcn/innocent/parcel/PickListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    const v0, @id/code
    invoke-virtual {p0, v0}, Lcn/innocent/parcel/SendActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/parcel/CodeListener;
    invoke-direct {v1, p0}, Lcn/innocent/parcel/CodeListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    return-void
.end method
