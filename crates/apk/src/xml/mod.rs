//! Binary XML, resource tables, manifests.
