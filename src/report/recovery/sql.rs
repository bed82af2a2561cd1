//! What gives the version table other rows, and does nothing where it does not hold those that are expected.

use crate::schema::Dialect;

/// Rows of the version table that take the place of others.
pub(super) struct Change<'c> {
    /// The table, as it is written in SQL.
    pub(super) table: &'c str,
    /// What it must hold, sorted.
    pub(super) from: &'c [String],
    /// What it holds then, sorted.
    pub(super) to: &'c [String],
}

/// The name of a table, as it is written in SQL.
pub(super) fn quoted(dialect: Dialect, name: &str) -> String {
    let quote = if dialect == Dialect::Mysql { '`' } else { '"' };
    format!("{quote}{name}{quote}")
}

/// A text for a table that a person puts in.
pub(super) const PLACEHOLDER: &str = "@VERSION_TABLE@";

impl Change<'_> {
    /// The statements; a client that stops at the first error stops where the table holds other rows.
    pub(super) fn statements(&self, dialect: Dialect) -> String {
        match dialect {
            Dialect::Postgresql => self.on_postgresql(),
            Dialect::Sqlite => self.on_sqlite(),
            Dialect::Mysql => self.on_mysql(),
        }
    }

    fn on_postgresql(&self) -> String {
        let Self { table, from, .. } = self;
        let mut text = format!(
            "BEGIN;\nLOCK TABLE {table} IN ACCESS EXCLUSIVE MODE;\nDO $rechain$\nBEGIN\n  IF ARRAY(SELECT version_num::text \
             FROM {table} ORDER BY version_num::text COLLATE \"C\")\n     <> ARRAY[{}]::text[] THEN\n    RAISE EXCEPTION \
             'nothing was changed: the version table does not hold exactly {}';\n  END IF;\n",
            texts(from),
            words(from),
        );
        if !self.leaves().is_empty() {
            let leaves = texts(&self.leaves());
            text.push_str(&format!("  DELETE FROM {table} WHERE version_num IN ({leaves});\n"));
        }
        for row in self.comes() {
            text.push_str(&format!("  INSERT INTO {table} (version_num) VALUES ('{row}');\n"));
        }
        text.push_str("END\n$rechain$;\nCOMMIT;\n");
        text
    }

    /// The row of the guard is there only if it meets its condition, and what follows only touches anything if it is.
    fn on_sqlite(&self) -> String {
        let Self { table, .. } = self;
        let mut text = format!(
            "BEGIN IMMEDIATE;\nCREATE TEMPORARY TABLE rechain_guard (\n  the_version_table_holds_what_is_expected INTEGER NOT \
             NULL\n  CHECK (the_version_table_holds_what_is_expected = 1)\n);\nINSERT INTO rechain_guard SELECT {};\n",
            self.holds("version_num")
        );
        if !self.leaves().is_empty() {
            text.push_str(&format!(
                "DELETE FROM {table} WHERE version_num IN ({})\n  AND EXISTS (SELECT 1 FROM rechain_guard);\n",
                texts(&self.leaves())
            ));
        }
        for row in self.comes() {
            text.push_str(&format!("INSERT INTO {table} (version_num) SELECT '{row}' FROM rechain_guard;\n"));
        }
        text.push_str("DROP TABLE rechain_guard;\nCOMMIT;\n");
        text
    }

    /// Where a server is not strict, the guard's row is 0 instead of refused.
    fn on_mysql(&self) -> String {
        let Self { table, .. } = self;
        // Letters of either case are one to most collations.
        let exact = "CAST(version_num AS BINARY)";
        let mut text = format!(
            "SET SESSION sql_mode = 'STRICT_ALL_TABLES';\nCREATE TEMPORARY TABLE rechain_guard (\n  \
             the_version_table_holds_what_is_expected INT NOT NULL\n);\nSTART TRANSACTION;\nSELECT version_num FROM {table} \
             FOR UPDATE;\nINSERT INTO rechain_guard SELECT IF({}, 1, NULL);\n",
            self.holds(exact)
        );
        if !self.leaves().is_empty() {
            text.push_str(&format!(
                "DELETE FROM {table} WHERE {exact} IN ({})\n  AND 1 = (SELECT \
                 max(the_version_table_holds_what_is_expected) FROM rechain_guard);\n",
                texts(&self.leaves())
            ));
        }
        for row in self.comes() {
            text.push_str(&format!(
                "INSERT INTO {table} (version_num)\n  SELECT '{row}' FROM rechain_guard WHERE \
                 the_version_table_holds_what_is_expected = 1;\n"
            ));
        }
        text.push_str("COMMIT;\nDROP TEMPORARY TABLE rechain_guard;\n");
        text
    }

    /// Whether the table holds what is expected, as a condition.
    fn holds(&self, column: &str) -> String {
        let (table, n) = (self.table, self.from.len());
        let all = format!("(SELECT count(*) FROM {table}) = {n}");
        if self.from.is_empty() {
            return all;
        }
        let known = texts(self.from);
        format!(
            "{all}\n  AND (SELECT count(DISTINCT {column}) FROM {table} WHERE {column} IN ({known})) = {n}"
        )
    }

    fn leaves(&self) -> Vec<String> {
        self.from.iter().filter(|row| !self.to.contains(row)).cloned().collect()
    }

    fn comes(&self) -> Vec<String> {
        self.to.iter().filter(|row| !self.from.contains(row)).cloned().collect()
    }
}

fn texts(rows: &[String]) -> String {
    rows.iter().map(|row| format!("'{row}'")).collect::<Vec<_>>().join(", ")
}

/// The rows of a table in words.
pub(super) fn words(rows: &[String]) -> String {
    if rows.is_empty() { "no row".to_owned() } else { rows.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn only_the_rows_that_differ_are_touched_and_each_is_guarded() {
        for dialect in Dialect::ALL {
            let (from, to) = (rows("a b"), rows("b c"));
            let text = Change { table: "t", from: &from, to: &to }.statements(dialect);
            let of = |word: &str| text.match_indices(word).count();
            assert_eq!((of("DELETE FROM t"), of("INSERT INTO t")), (1, 1), "{text}");
            assert!(text.contains("version_num IN ('a')") || text.contains("BINARY) IN ('a')"), "{text}");
            assert!(text.contains("'c'"), "{text}");
            assert_eq!(text.matches("COMMIT;").count(), 1, "{text}");
        }
    }

    #[test]
    fn a_table_that_is_emptied_or_filled_is_written_out() {
        for dialect in Dialect::ALL {
            let (some, none) = (rows("a"), Vec::new());
            let emptied = Change { table: "t", from: &some, to: &none }.statements(dialect);
            assert!(!emptied.contains("INSERT INTO t") && emptied.contains("DELETE FROM t"), "{emptied}");
            let filled = Change { table: "t", from: &none, to: &some }.statements(dialect);
            assert!(!filled.contains("DELETE FROM t") && !filled.contains("IN ()"), "{filled}");
        }
    }
}
