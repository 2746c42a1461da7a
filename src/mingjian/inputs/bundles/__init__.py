"""Packages of iOS (`.ipa`) and HarmonyOS (`.hap`, `.hsp`, `.app`), read in a confined child process."""

from mingjian.inputs.bundles.reader import BundleQuestions, BundleReader, open_bundle
from mingjian.inputs.bundles.sniff import SUFFIXES, may_be_bundle

__all__ = ["SUFFIXES", "BundleQuestions", "BundleReader", "may_be_bundle", "open_bundle"]
