"""a label that an enum type has no more"""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade():
    op.execute("CREATE TYPE state AS ENUM ('new', 'done')")
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('s', sa.Enum('new', 'done', name='state', create_type=False), server_default='new'))
    op.execute("ALTER TYPE state RENAME VALUE 'done' TO 'over'")
    op.execute("CREATE INDEX i ON t (id) WHERE s = 'over'")
    op.create_check_constraint('ck', 't', "s::text <> 'done'")


def downgrade():
    pass
