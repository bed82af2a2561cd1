"""columns of partitions"""
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade():
    op.execute("ALTER TABLE m ADD COLUMN extra int, DROP COLUMN v")
    op.execute("ALTER TABLE m RENAME COLUMN extra TO w")
    op.execute("CREATE TABLE m_3 PARTITION OF m FOR VALUES FROM (20) TO (30)")
    op.execute("DROP TABLE m_2")


def downgrade():
    pass
