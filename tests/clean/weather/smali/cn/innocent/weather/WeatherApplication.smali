.class public Lcn/innocent/weather/WeatherApplication;
.super Landroid/app/Application;
.source "WeatherApplication.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Application;-><init>()V
    return-void
.end method

.method public onCreate()V
    .registers 7
    invoke-super {p0}, Landroid/app/Application;->onCreate()V
    const-string v0, "consent"
    const/4 v1, 0x0
    invoke-virtual {p0, v0, v1}, Lcn/innocent/weather/WeatherApplication;->getSharedPreferences(Ljava/lang/String;I)Landroid/content/SharedPreferences;
    move-result-object v0
    const-string v2, "agreed"
    invoke-interface {v0, v2, v1}, Landroid/content/SharedPreferences;->getBoolean(Ljava/lang/String;Z)Z
    move-result v0
    if-eqz v0, :wait
    const-string v1, "fixture-umeng-0003"
    const-string v2, "official"
    const/4 v3, 0x1
    const/4 v4, 0x0
    move-object v0, p0
    invoke-static/range {v0 .. v4}, Lcom/umeng/commonsdk/UMConfigure;->init(Landroid/content/Context;Ljava/lang/String;Ljava/lang/String;ILjava/lang/String;)V
    :wait
    return-void
.end method
