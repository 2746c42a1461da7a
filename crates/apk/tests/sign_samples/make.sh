#!/bin/sh
# Makes samples.zip.b64, and expected.txt with the certificates that apksigner sees, with Android's own apksigner and the JDK's keytool and jarsigner. The keys are thrown away.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

key() {
    name=$1
    shift
    keytool -genkeypair -keystore "$name.p12" -storetype PKCS12 -storepass 123456 -alias "$name" \
        -dname "CN=$name, O=明鉴" -validity 9999 "$@" 2>/dev/null
}
key rsa -keyalg RSA -keysize 2048
key p256 -keyalg EC -groupname secp256r1
key p384 -keyalg EC -groupname secp384r1
key p521 -keyalg EC -groupname secp521r1
key dsa -keyalg DSA -keysize 1024 -sigalg SHA1withDSA

python3 - <<'PYTHON'
import zipfile
with zipfile.ZipFile("plain.apk", "w") as apk:
    for name, method in (("AndroidManifest.xml", 8), ("classes.dex", 0)):
        entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
        entry.compress_type = method
        apk.writestr(entry, name * 9)
PYTHON

sign() {
    out=$1 key=$2 v1=$3 v2=$4 v3=$5
    shift 5
    apksigner sign --ks "$key.p12" --ks-pass pass:123456 --min-sdk-version 24 --v1-signing-enabled "$v1" \
        --v2-signing-enabled "$v2" --v3-signing-enabled "$v3" "$@" --out "$out.apk" plain.apk
}
sign v1-rsa rsa true false false
sign v1-dsa dsa true false false
sign v2-rsa rsa false true false
sign v2-p521 p521 false true false
sign v2-dsa dsa false true false
sign verity p256 false true true --verity-enabled true
apksigner rotate --out lineage --old-signer --ks p256.p12 --ks-pass pass:123456 --new-signer --ks p384.p12 --ks-pass pass:123456
sign rotated p256 true true true --next-signer --ks p384.p12 --ks-pass pass:123456 --lineage lineage
cp plain.apk jar-p384.apk
jarsigner -keystore p384.p12 -storepass 123456 jar-p384.apk p384 >/dev/null 2>&1

for apk in *.apk; do
    test "$apk" = plain.apk && continue
    apksigner verify --print-certs --min-sdk-version 28 --max-sdk-version 29 "$apk" |
        sed -n "s/^Signer #1 certificate SHA-\([0-9]*\) digest: /${apk%.apk} sha\1 /p"
done >"$here/expected.txt"

python3 - "$here/samples.zip.b64" <<'PYTHON'
import base64, glob, io, sys, zipfile
out = io.BytesIO()
with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as samples:
    for path in sorted(glob.glob("*.apk")):
        if path != "plain.apk":
            entry = zipfile.ZipInfo(path, (2020, 1, 1, 0, 0, 0))
            entry.compress_type = 8
            samples.writestr(entry, open(path, "rb").read(), compresslevel=9)
with open(sys.argv[1], "wb") as text:
    text.write(base64.encodebytes(out.getvalue()))
PYTHON
