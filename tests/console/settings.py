"""The console's settings for tests: a folder of its own, quick password digests, everything else as users have it."""

import atexit
import os
import shutil
import tempfile

if "MINGJIAN_HOME" not in os.environ:
    os.environ["MINGJIAN_HOME"] = tempfile.mkdtemp(prefix="mingjian-console-")
    atexit.register(shutil.rmtree, os.environ["MINGJIAN_HOME"], ignore_errors=True)

from mingjian.console.settings import *  # noqa: F403  the folder must be named before the settings read it

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
