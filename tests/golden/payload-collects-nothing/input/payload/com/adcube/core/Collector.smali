.class public final Lcom/adcube/core/Collector;
.super Ljava/lang/Object;
.source "Collector.java"

.method public static collect(Landroid/content/Context;)V
    .registers 2
    .line 12
    invoke-virtual {p0}, Landroid/content/Context;->getPackageName()Ljava/lang/String;
    .line 13
    invoke-virtual {p0}, Landroid/content/Context;->getResources()Landroid/content/res/Resources;
    return-void
.end method
