"""The console's settings for tests: a folder of its own, quick password digests, everything else as users have it."""

import os
import tempfile

os.environ.setdefault("MINGJIAN_HOME", tempfile.mkdtemp(prefix="mingjian-console-"))

from mingjian.console.settings import *  # noqa: F403  the folder must be named before the settings read it

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]
