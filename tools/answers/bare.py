"""An interpreter that does nothing."""

with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(0, status.read().partition("VmHWM:")[2].split()[0])
