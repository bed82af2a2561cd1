//! Names of variables, keys and columns whose values are secrets.

/// As many bytes of a name are looked at.
pub(super) const LONGEST: usize = 48;

/// How a secret's name ends, in small letters and without `_` and `-`.
const ENDS: &[&[u8]] = &[
    b"password",
    b"passwd",
    b"pwd",
    b"passphrase",
    b"passcode",
    b"secret",
    b"token",
    b"apikey",
    b"accesskey",
    b"accountkey",
    b"authkey",
    b"cipherkey",
    b"clientkey",
    b"cookiekey",
    b"cryptkey",
    b"cryptokey",
    b"encryptionkey",
    b"fernetkey",
    b"hmackey",
    b"jwtkey",
    b"licensekey",
    b"masterkey",
    b"privatekey",
    b"secretkey",
    b"servicekey",
    b"sessionkey",
    b"sharedkey",
    b"signingkey",
    b"webhookkey",
    b"credential",
    b"credentials",
    b"passwordhash",
    b"passworddigest",
    b"passwordsalt",
    b"authorization",
];

/// Ends that count as words of their own only, in small letters.
const LAST_WORDS: &[&[u8]] = &[b"pass", b"pw", b"salt"];

/// What is a secret in the query of an address, beside those.
const IN_QUERY: &[&[u8]] = &[b"key", b"pass", b"pw", b"sig", b"signature", b"auth"];

/// The last two letters of all those, and of their plurals.
const LAST: [&[u8; 2]; 24] = [
    b"rd", b"wd", b"se", b"de", b"et", b"en", b"ey", b"al", b"ls", b"sh", b"st", b"lt", b"on", b"ss", b"pw",
    b"th", b"ig", b"re", b"ds", b"es", b"ts", b"ns", b"ys", b"hs",
];

/// Whether a name may be that of a secret, by its last two bytes: most are not.
pub(super) fn may_be_one(name: &[u8]) -> bool {
    let [.., a, b] = name else { return false };
    let last = [a.to_ascii_lowercase(), b.to_ascii_lowercase()];
    LAST.iter().any(|of| **of == last)
}

/// Whether a name is that of a secret.
pub(super) fn is_one(name: &[u8]) -> bool {
    let small = plain(name);
    ENDS.iter().any(|end| small.ends_with(end))
        || LAST_WORDS.iter().any(|word| {
            let before = name.len().checked_sub(word.len() + 1).map(|at| name[at]);
            matches!(before, Some(b'_' | b'-')) && small.ends_with(word)
        })
        || small == b"pass"
        || small == b"pw"
}

/// Whether it is that of several: `PASSWORDS`.
pub(super) fn is_of_several(name: &[u8]) -> bool {
    name.strip_suffix(b"s").or_else(|| name.strip_suffix(b"S")).is_some_and(is_one)
}

/// Whether it is one in the query of an address.
pub(super) fn is_one_in_query(name: &[u8]) -> bool {
    let small = plain(name);
    IN_QUERY.iter().any(|word| small == *word) || small.ends_with(b"key") && name.len() > small.len()
}

/// Whether it is what SQL and prose call a password.
pub(super) fn is_password(name: &[u8]) -> bool {
    let small = plain(name);
    [&b"password"[..], b"passwd", b"pwd", b"passphrase"].iter().any(|word| small.ends_with(word))
}

/// Whether it is that of a user with a password: `auth=('user', 'password')`.
pub(super) fn is_pair(name: &[u8]) -> bool {
    let small = plain(name);
    small.ends_with(b"auth") || small == b"credentials"
}

/// A name in small letters and without what joins its words.
pub(super) fn plain(name: &[u8]) -> Vec<u8> {
    name.iter().filter(|byte| !matches!(byte, b'_' | b'-')).map(u8::to_ascii_lowercase).collect()
}
