.class public Lcn/innocent/meeting/RoomActivity;
.super Landroid/app/Activity;
.source "RoomActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/room
    invoke-virtual {p0, v0}, Lcn/innocent/meeting/RoomActivity;->setContentView(I)V
    const v0, @id/camera
    invoke-virtual {p0, v0}, Lcn/innocent/meeting/RoomActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/meeting/CameraListener;
    invoke-direct {v1, p0}, Lcn/innocent/meeting/CameraListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    const v0, @id/mic
    invoke-virtual {p0, v0}, Lcn/innocent/meeting/RoomActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/meeting/MicListener;
    invoke-direct {v1, p0}, Lcn/innocent/meeting/MicListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    return-void
.end method
