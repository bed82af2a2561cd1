//! What the extensions of PostgreSQL bring that migrations ask for by name.

use super::types::plain;
use super::{TypeDef, Unsuited};

/// An extension, and what it brings; lists are of words.
struct Extension {
    name: &'static str,
    types: &'static str,
    functions: &'static str,
    /// Operator classes.
    classes: &'static str,
}

const fn brings(
    name: &'static str,
    types: &'static str,
    functions: &'static str,
    classes: &'static str,
) -> Extension {
    Extension { name, types, functions, classes }
}

/// The extensions of which it is known what they bring. Source: `pg_depend` of PostgreSQL 18 with those that come with it
/// and with pgvector 0.8; for `pgcrypto`, `uuid-ossp` and `postgis` their documentation. Names that the database has by
/// itself as well, and such as anybody might give a function, are left out.
const EXTENSIONS: [Extension; 17] = [
    brings("btree_gin", "", "", ""),
    brings("btree_gist", "", "", ""),
    brings("citext", "citext", "", "citext_ops citext_pattern_ops"),
    brings("cube", "cube", "", "cube_ops gist_cube_ops"),
    brings("earthdistance", "earth", "ll_to_earth earth_box earth_distance", ""),
    brings(
        "fuzzystrmatch",
        "",
        "daitch_mokotoff dmetaphone dmetaphone_alt levenshtein levenshtein_less_equal metaphone soundex",
        "",
    ),
    brings(
        "hstore",
        "hstore",
        "akeys avals hstore hstore_to_array hstore_to_json hstore_to_jsonb hstore_to_matrix skeys svals",
        "btree_hstore_ops gin_hstore_ops gist_hstore_ops hash_hstore_ops",
    ),
    brings("intarray", "query_int", "", "gin__int_ops gist__int_ops gist__intbig_ops"),
    brings("isn", "ean13 isbn isbn13 ismn ismn13 issn issn13 upc", "", ""),
    brings(
        "ltree",
        "lquery ltree ltxtquery",
        "ltree2text nlevel subltree text2ltree",
        "gist_ltree_ops gist__ltree_ops",
    ),
    brings(
        "pg_trgm",
        "",
        "similarity show_trgm strict_word_similarity word_similarity",
        "gin_trgm_ops gist_trgm_ops",
    ),
    brings(
        "pgcrypto",
        "",
        "armor crypt dearmor decrypt decrypt_iv digest encrypt encrypt_iv gen_random_bytes gen_salt hmac pgp_key_id \
         pgp_pub_decrypt pgp_pub_encrypt pgp_sym_decrypt pgp_sym_encrypt",
        "",
    ),
    brings(
        "postgis",
        "geometry geography",
        "",
        "gist_geometry_ops_2d gist_geometry_ops_nd gist_geography_ops",
    ),
    brings("tablefunc", "", "connectby crosstab crosstab2 crosstab3 crosstab4 normal_rand", ""),
    brings("unaccent", "", "unaccent", ""),
    brings(
        "uuid-ossp",
        "",
        "uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns \
         uuid_ns_oid uuid_ns_url uuid_ns_x500",
        "",
    ),
    brings(
        "vector",
        "halfvec sparsevec vector",
        "binary_quantize cosine_distance l2_normalize vector_dims vector_norm",
        "bit_hamming_ops bit_jaccard_ops halfvec_cosine_ops halfvec_ip_ops halfvec_l1_ops halfvec_l2_ops \
         sparsevec_cosine_ops sparsevec_ip_ops sparsevec_l1_ops sparsevec_l2_ops vector_cosine_ops vector_ip_ops \
         vector_l1_ops vector_l2_ops",
    ),
];

fn with(list: fn(&Extension) -> &'static str, name: &str) -> Option<&'static str> {
    let has = |own: &&Extension| list(own).split_ascii_whitespace().any(|word| word == name);
    EXTENSIONS.iter().find(has).map(|own| own.name)
}

/// Whether it is known what an extension brings.
pub(super) fn is_known(name: &str) -> bool {
    EXTENSIONS.iter().any(|own| own.name == name)
}

/// The extension that brings a type, and the type's name, where it is written as one of them.
pub(super) fn with_type(kind: &TypeDef) -> Option<(&'static str, Box<str>)> {
    let name: Box<str> = match &kind.named {
        _ if let Some(Unsuited::OfExtension(name)) = kind.unsuited => name.into(),
        _ if kind.is_custom => return None,
        Some(named) if named.is_any && named.schema.as_deref().is_none_or(|schema| schema == "public") => {
            named.name.clone()?
        }
        Some(_) => return None,
        None => plain(&kind.written).0.to_ascii_lowercase().into(),
    };
    Some((with(|own| own.types, &name)?, name))
}

/// The extension that brings a function, by its name in small letters.
pub(super) fn with_function(name: &str) -> Option<&'static str> {
    with(|own| own.functions, name)
}

/// The extension that brings an operator class.
pub(super) fn with_class(name: &str) -> Option<&'static str> {
    with(|own| own.classes, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_brought_twice() {
        let lists: [fn(&Extension) -> &'static str; 3] =
            [|own| own.types, |own| own.functions, |own| own.classes];
        for list in lists {
            let mut all: Vec<_> = EXTENSIONS.iter().flat_map(|own| list(own).split(' ')).collect();
            all.retain(|word| !word.is_empty());
            all.sort_unstable();
            let n_all = all.len();
            all.dedup();
            assert_eq!(all.len(), n_all);
        }
    }
}
