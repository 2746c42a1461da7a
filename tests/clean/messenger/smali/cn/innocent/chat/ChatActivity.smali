.class public Lcn/innocent/chat/ChatActivity;
.super Landroid/app/Activity;
.source "ChatActivity.java"

.method public constructor <init>()V
    .registers 1
    invoke-direct {p0}, Landroid/app/Activity;-><init>()V
    return-void
.end method

.method protected onCreate(Landroid/os/Bundle;)V
    .registers 8
    invoke-super {p0, p1}, Landroid/app/Activity;->onCreate(Landroid/os/Bundle;)V
    const v0, @layout/chat
    invoke-virtual {p0, v0}, Lcn/innocent/chat/ChatActivity;->setContentView(I)V
    const v0, @id/voice
    invoke-virtual {p0, v0}, Lcn/innocent/chat/ChatActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/chat/VoiceListener;
    invoke-direct {v1, p0}, Lcn/innocent/chat/VoiceListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    const v0, @id/friends
    invoke-virtual {p0, v0}, Lcn/innocent/chat/ChatActivity;->findViewById(I)Landroid/view/View;
    move-result-object v0
    new-instance v1, Lcn/innocent/chat/FriendsListener;
    invoke-direct {v1, p0}, Lcn/innocent/chat/FriendsListener;-><init>(Landroid/app/Activity;)V
    invoke-virtual {v0, v1}, Landroid/view/View;->setOnClickListener(Landroid/view/View$OnClickListener;)V
    return-void
.end method
