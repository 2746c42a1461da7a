.class public Lcn/innocent/keyboard/Keyboard;
.super Landroid/inputmethodservice/InputMethodService;
.source "Keyboard.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/inputmethodservice/InputMethodService;-><init>()V
    return-void
.end method
