.class public Lcn/innocent/camera/CameraActivity;
.super Landroid/app/Activity;
.source "CameraActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/camera
    invoke-virtual {p0, v0}, Lcn/innocent/camera/CameraActivity;->setContentView(I)V
    const v0, @id/shutter
    invoke-virtual {p0, v0}, Lcn/innocent/camera/CameraActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/camera/ShutterListener;
    invoke-direct {v1, p0}, Lcn/innocent/camera/ShutterListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    new-instance v0, Ljava/io/File;
    const-string v1, "/sdcard/DCIM/Camera/next.jpg"
    invoke-direct {v0, v1}, Ljava/io/File;-><init>(Ljava/lang/String;)V
    return-void
.end method
