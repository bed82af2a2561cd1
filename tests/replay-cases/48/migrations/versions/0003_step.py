"""labels of an enum type that are not committed yet"""
import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade():
    op.execute("UPDATE t SET s = 'late'")
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE state ADD VALUE 'gone'")
    op.alter_column('t', 's', server_default='gone')
    op.execute("ALTER TYPE state ADD VALUE 'odd'")
    op.add_column('t', sa.Column('n', sa.Integer()))


def downgrade():
    pass
