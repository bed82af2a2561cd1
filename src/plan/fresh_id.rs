//! Ids for what has none yet.

/// An id of twelve hexadecimal digits, as Alembic makes them, that depends on `parts` alone, so that the same folder gives
/// the same file. FNV-1a, 64 bits (Fowler, Noll, Vo).
pub(super) fn fresh_id<S: AsRef<str>>(parts: &[S], taken: impl Fn(&str) -> bool) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    for byte in parts.join("\n").bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    loop {
        let id = format!("{:012x}", hash & 0xffff_ffff_ffff);
        if !taken(&id) {
            return id;
        }
        hash = hash.wrapping_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::fresh_id;

    #[test]
    fn the_id_depends_on_the_parts_and_is_never_taken() {
        let id = fresh_id(&["a", "b"], |_| false);
        assert_eq!(id, fresh_id(&["a", "b"], |_| false));
        assert_ne!(id, fresh_id(&["a", "c"], |_| false));
        assert_ne!(id, fresh_id(&["a", "b"], |taken| taken == id));
    }
}
