"""Whose act a call is. Each story's owner was decided by reasoning before the code was run on it."""

import pytest
from run_samples import AT_APP, AT_SDK, PACKAGE, call, lines

from mingjian.extract.frames import Callers, member_of
from mingjian.extract.owner import Owners

APP, UMENG, UNKNOWN = "app", "sdk.umeng_analytics", "unknown"

LOOPER = ("android.os.Handler.dispatchMessage(Handler.java:106)", "android.os.Looper.loop(Looper.java:193)")
ZYGOTE = (
    *LOOPER,
    "android.app.ActivityThread.main(ActivityThread.java:6669)",
    "com.android.internal.os.ZygoteInit.main(ZygoteInit.java:858)",
)
POOL = (
    "java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1167)",
    "java.util.concurrent.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:641)",
    "java.lang.Thread.run(Thread.java:764)",
)

STORIES: dict[str, tuple[tuple[str, ...], str]] = {
    # The app calls the system itself.
    "the app, at once": ((AT_APP, *ZYGOTE), APP),
    # The wrapper is the app's code; that the SDK asked for it does not make it the SDK's act.
    "a wrapper of the app that an SDK calls": (("com.example.food.Device.imei(Device.java:3)", AT_SDK, *ZYGOTE), APP),
    # The SDK decides to read, even when the app has started it.
    "an SDK that the app initialises": ((AT_SDK, "com.example.food.App.onCreate(App.java:20)", *ZYGOTE), UMENG),
    "an SDK in an inner class, on its own thread": (("com.umeng.commonsdk.statistics.b$1.run(Unknown Source:4)", *POOL), UMENG),
    # What reflection and proxies pass on is the act of who used them.
    "reflection by an SDK": (
        ("java.lang.reflect.Method.invoke(Native Method)", "com.umeng.commonsdk.utils.d.a(SourceFile:88)", AT_APP),
        UMENG,
    ),
    "a generated accessor of reflection": (
        (
            "jdk.internal.reflect.GeneratedMethodAccessor7.invoke(Unknown Source)",
            "java.base/java.lang.reflect.Method.invoke(Method.java:568)",
            "app//com.example.food.Mirror.read(Mirror.java:9)",
        ),
        APP,
    ),
    "a dynamic proxy in no package": (("$Proxy12.getDeviceId(Unknown Source)", AT_APP), APP),
    "a dynamic proxy in the app's package": (("com.example.food.$Proxy3.read(Unknown Source)", AT_SDK), UMENG),
    "a dynamic proxy of the JDK": (("jdk.proxy2/jdk.proxy2.$Proxy9.read(Unknown Source)", AT_SDK), UMENG),
    # Lambdas belong to the class that they were written in.
    "a lambda that was desugared": (("com.example.food.-$$Lambda$Shop$x1YbZ.run(lambda)", *POOL), APP),
    "a lambda of D8": (("com.example.food.Shop$$ExternalSyntheticLambda0.run(D8$$SyntheticClass:0)", *POOL), APP),
    "a hidden class of the JVM": (("com.example.food.Shop$$Lambda$14/0x0000000800c03000.run(Unknown Source)", *POOL), APP),
    "a lambda in no package": (("-$$Lambda$Qx7.run(lambda)", AT_APP), UNKNOWN),
    # A callback of the app is the app's code, whoever calls it back.
    "the app, called back by an SDK": (("com.example.food.Shop$2.onInit(Shop.java:40)", AT_SDK, *POOL), APP),
    # Names that nobody knows are nobody's, and nobody further out answers for them.
    "obfuscated code below the app": (("a.a.b.c(Unknown Source:12)", AT_APP, *ZYGOTE), UNKNOWN),
    "obfuscated code below an SDK, by R8": (("b.c.d.a(r8-map-id-3f2:8)", AT_SDK), UNKNOWN),
    "a maker's name without a known product": (("com.tencent.secret.Reader.read(Reader.java:1)", AT_APP), UNKNOWN),
    # Support libraries act for their caller.
    "a support library that the app calls": (("com.blankj.utilcode.util.DeviceUtils.getAndroidID(DeviceUtils.java:98)", AT_APP), APP),
    "a support library that an SDK calls": (("androidx.core.content.ContextCompat.getSystemService(C.java:1)", AT_SDK, AT_APP), UMENG),
    "support libraries and nobody behind them": (("androidx.work.Worker$1.run(Worker.java:85)", *POOL), UNKNOWN),
    "a coroutine of the app": (
        (
            "com.example.food.Repo$load$1.invokeSuspend(Repo.kt:31)",
            "kotlin.coroutines.jvm.internal.BaseContinuationImpl.resumeWith(ContinuationImpl.kt:33)",
            "kotlinx.coroutines.DispatchedTask.run(DispatchedTask.kt:106)",
        ),
        APP,
    ),
    "coroutines that only resume an SDK": (
        ("kotlinx.coroutines.flow.FlowKt.collect(Flow.kt:5)", "com.umeng.commonsdk.k.Job.resume(SourceFile)", AT_APP),
        UMENG,
    ),
    "reactive code of the app": (
        ("io.reactivex.internal.operators.observable.ObservableMap.onNext(O.java:1)", "com.example.food.Rx.go(Rx.java:7)"),
        APP,
    ),
    # A stack that ends before anybody stands in it says nothing.
    "no stack at all": ((), UNKNOWN),
    "the platform alone": (ZYGOTE, UNKNOWN),
    "a stack cut within the platform": (("android.content.ContextWrapper.getSystemService(C.java:5)",), UNKNOWN),
    "a line that says that frames are missing": (("android.os.Handler.post(Handler.java:1)", "... 12 more", AT_APP), UNKNOWN),
    # Native code: the system's own is passed over, an SDK's library is the SDK's, any other is nobody's.
    "native code of the runtime": (("#01 pc 00012  /apex/com.android.art/lib64/libart.so (art_quick+12)", AT_APP), APP),
    "a system call of the runtime": (("#00 pc 0001 /system/lib64/libunheardof.so (x+1)", AT_SDK), UMENG),
    "a library below a folder of the app that is called system": (("#00 pc 0001 /data/app/x/system/libown.so (x+1)", AT_SDK), UNKNOWN),
    "a native library of an SDK": (("0x7b12 liblocSDK8a.so!0x12f0", AT_APP), "sdk.baidu_location"),
    "a native library that nobody knows": (("libnative-lib.so!Java_read+0x10", AT_APP), UNKNOWN),
    "a native method of the app": (("com.example.food.Jni.read(Native Method)", *POOL), APP),
    # Tools that record from inside leave their own frames.
    "a recorder compiled into the app": (("com.yl.lib.sentry.hook.PrivacyProxy$Proxy.getImei(P.kt:3)", AT_SDK), UMENG),
    "a recorder by Xposed": (("LSPHooker_.getDeviceId(Unknown Source:12)", "de.robv.android.xposed.XC_MethodHook.a(X.java)", AT_APP), APP),
    "line numbers with thousands": (("com.umeng.commonsdk.UMConfigure.init() 1,536", AT_APP), UMENG),
    "names in slashes": (("com/umeng/commonsdk/a.b", "com/example/food/Shop.open"), UMENG),
    "names as smali writes them": (("Lcom/example/food/Shop;->open(I)V", AT_SDK), APP),
    "a trace with its indentation": (("\tat com.example.food.Shop.open(Shop.java:12)",), APP),
    # The longest prefix decides, and only in whole parts.
    "a name that only begins like the app's": (("com.example.foodies.A.b(A.java:1)", AT_APP), UNKNOWN),
    "a class whose name begins like an SDK's": (("com.umeng.commonsdkx.A.b(A.java:1)", AT_APP), UNKNOWN),
}


@pytest.mark.parametrize("story", STORIES)
def test_whose_act_it_is(story: str) -> None:
    stack, owner = STORIES[story]
    callers = Callers(Owners(PACKAGE, ()))
    assert callers.of(stack).owner == owner
    assert callers.of(stack).owner == owner, "the same the second time"


def test_the_frame_that_decides_is_told() -> None:
    above = ("java.lang.reflect.Method.invoke(Native Method)", "android.telephony.TelephonyManager.getImei(T.java:1)")
    caller = Callers(Owners(PACKAGE, ())).of((*above, AT_SDK, AT_APP))
    assert caller.frame == AT_SDK
    assert [frame.method for frame in caller.passed] == ["getImei"], "of those passed over, the watched methods are told"


def test_the_methods_own_frame_is_no_caller() -> None:
    own = "com.amap.api.location.AMapLocationClient.startLocation(SourceFile:3)"
    for stack in ((own, AT_APP), (AT_APP,)):
        (line, *_) = lines(call("com.amap.api.location.AMapLocationClient.startLocation", stack=stack, result="value"))
        assert line == "observed collect location.precise by app during foreground"


def test_an_overridden_method_is_its_owners_own() -> None:
    listener = call("com.example.food.Listener.onNotificationPosted", hook="API-0223", stack=ZYGOTE)
    assert lines(listener) == ["observed collect comms.notifications by app during foreground"]


@pytest.mark.parametrize(
    ("text", "member"),
    [
        ("a.b.C.m(File.java:12)", ("a.b.C", "m")),
        ("a.b.C.m(Unknown Source:4)", ("a.b.C", "m")),
        ("a.b.C.<init>(C.java:1)", ("a.b.C", "<init>")),
        ("a.b.C.m:12", ("a.b.C", "m")),
        ("java.base@17.0.2/java.lang.Thread.run", ("java.lang.Thread", "run")),
        ("app//a.b.C$1.run", ("a.b.C$1", "run")),
        ("app/my.module@1.0/a.b.C.run", ("a.b.C", "run")),
        ("a.b.C$$Lambda/0x08.run", ("a.b.C$$Lambda", "run")),
        ("a/b/C.m", ("a.b.C", "m")),
        ("", ("", "")),
        ("...", ("", "")),
        ("run", ("", "run")),
    ],
)
def test_frames_as_tools_write_them(text: str, member: tuple[str, str]) -> None:
    assert member_of(text) == member


def test_frames_that_were_made_to_exhaust_are_read_all_the_same() -> None:
    callers = Callers(Owners(PACKAGE, ()))
    for text in ("a." * 500_000, "(" * 500_000, "/" * 500_000, "$$Lambda" * 50_000, "lib" * 100_000 + ".so", " " * 500_000 + "x"):
        assert callers.of((text, AT_APP)).owner in (UNKNOWN, APP)
