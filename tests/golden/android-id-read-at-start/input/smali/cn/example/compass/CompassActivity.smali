.class public Lcn/example/compass/CompassActivity;
.super Landroid/app/Activity;
.source "CompassActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 3
    .line 17
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    .line 18
    invoke-direct {p0}, Lcn/example/compass/CompassActivity;->locationMode()Ljava/lang/String;
    .line 19
    invoke-direct {p0}, Lcn/example/compass/CompassActivity;->ownVersion()Ljava/lang/String;
    .line 20
    invoke-direct {p0}, Lcn/example/compass/CompassActivity;->settingsPage()Landroid/net/Uri;
    return-void
.end method

# Settings.Secure.getString, with a key that identifies nobody.
.method private locationMode()Ljava/lang/String;
    .registers 3
    .line 25
    invoke-virtual {p0}, Lcn/example/compass/CompassActivity;->getContentResolver()Landroid/content/ContentResolver;
    move-result-object v0
    const-string v1, "android_id"
    invoke-static {v0, v1}, Landroid/provider/Settings$Secure;->getString(Landroid/content/ContentResolver;Ljava/lang/String;)Ljava/lang/String;
    move-result-object v0
    return-object v0
.end method

# getPackageInfo, about the app itself.
.method private ownVersion()Ljava/lang/String;
    .registers 4
    :begin
    .line 31
    invoke-virtual {p0}, Lcn/example/compass/CompassActivity;->getPackageManager()Landroid/content/pm/PackageManager;
    move-result-object v0
    invoke-virtual {p0}, Lcn/example/compass/CompassActivity;->getPackageName()Ljava/lang/String;
    move-result-object v1
    const/4 v2, 0x0
    invoke-virtual {v0, v1, v2}, Landroid/content/pm/PackageManager;->getPackageInfo(Ljava/lang/String;I)Landroid/content/pm/PackageInfo;
    move-result-object v0
    iget-object v0, v0, Landroid/content/pm/PackageInfo;->versionName:Ljava/lang/String;
    :end
    return-object v0
    :absent
    .line 33
    move-exception v0
    const-string v0, ""
    return-object v0
    .catch Landroid/content/pm/PackageManager$NameNotFoundException; {:begin .. :end} :absent
.end method

# A content URI that holds no personal information.
.method private settingsPage()Landroid/net/Uri;
    .registers 2
    .line 38
    const-string v0, "content://cn.example.compass.help/page"
    invoke-static {v0}, Landroid/net/Uri;->parse(Ljava/lang/String;)Landroid/net/Uri;
    move-result-object v0
    return-object v0
.end method
