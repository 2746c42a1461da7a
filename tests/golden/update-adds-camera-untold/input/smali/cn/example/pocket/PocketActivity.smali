.class public Lcn/example/pocket/PocketActivity;
.super Landroid/app/Activity;
.source "PocketActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

# Named in no layout of this package: what reaches it is not known, which is all that the cases need.
.method public onTap(Landroid/view/View;)V
    .registers 4
    .line 12
    invoke-virtual {p0}, Lcn/example/pocket/PocketActivity;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    const-string v1, "android_id"
    invoke-static {v0, v1}, Landroid/provider/Settings$Secure;->getString(Landroid/content/ContentResolver;Ljava/lang/String;)Ljava/lang/String;
    return-void
.end method
