"""columns of partitions"""
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TABLE m (id int NOT NULL, at int NOT NULL, v text) PARTITION BY RANGE (at)")
    op.execute("CREATE TABLE m_1 PARTITION OF m FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id)")
    op.execute("CREATE TABLE m_1_a PARTITION OF m_1 FOR VALUES IN (1)")
    op.execute("CREATE TABLE IF NOT EXISTS m_2 PARTITION OF m FOR VALUES FROM (10) TO (20)")


def downgrade():
    pass
