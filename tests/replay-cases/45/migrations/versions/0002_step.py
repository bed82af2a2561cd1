"""what migrations do while they are loaded"""
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"

state = postgresql.ENUM('new', 'old', name='state')
try:
    state.create(op.get_bind(), checkfirst=True)
except NameError:
    pass


def of_its_own(name):
    try:
        op.execute(f"CREATE SEQUENCE {name}")
    except NameError:
        # Commands that only read the files.
        pass
    return name


numbers = of_its_own('numbers')


def upgrade():
    with op.batch_alter_table('t') as batch_op:
        batch_op.add_column(sa.Column('state', state, server_default='new', nullable=False))
    op.execute(f"ALTER TABLE t ALTER COLUMN id SET DEFAULT nextval('{numbers}')")
    op.execute(f"DROP SEQUENCE {numbers} CASCADE")


def downgrade():
    pass
