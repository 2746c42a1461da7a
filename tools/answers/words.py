"""jieba cuts the same text into words, and nothing more: what the segmentation alone costs that most Chinese readers begin with."""

import sys

import jieba

jieba.setLogLevel("ERROR")
with open(sys.argv[1], encoding="utf-8") as file:  # noqa: PTH123
    words = jieba.lcut(file.read())
with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123
    print(len(words), status.read().partition("VmHWM:")[2].split()[0])
