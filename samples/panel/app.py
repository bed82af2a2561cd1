"""Panel: game servers, their pages and their forum."""

import os
from datetime import datetime, timezone

from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ.get("DATABASE_URL", "sqlite:///panel.db")

db = SQLAlchemy(app)
migrate = Migrate(app, db)


def now():
    return datetime.now(timezone.utc)


class User(db.Model):
    __tablename__ = "user"

    id = db.Column(db.Integer, primary_key=True)
    first_name = db.Column(db.String(80))
    last_name = db.Column(db.String(80))
    email = db.Column(db.String(120), unique=True, nullable=False)
    dob = db.Column(db.Date)
    password_hash = db.Column(db.String(255))
    is_active = db.Column(db.Boolean, default=True)
    reset_token = db.Column(db.String(128))
    role = db.Column(db.String(20))


class Server(db.Model):
    __tablename__ = "server"

    id = db.Column(db.Integer, primary_key=True)
    name = db.Column(db.String(120), unique=True, nullable=False)
    description = db.Column(db.Text)
    variables_json = db.Column(db.Text)
    raw_config = db.Column(db.Text)
    game_type = db.Column(db.String(40))
    owner_id = db.Column(db.Integer, db.ForeignKey("user.id"))
    created_at = db.Column(db.DateTime, default=now)
    updated_at = db.Column(db.DateTime, default=now, onupdate=now)


class AuditLog(db.Model):
    __tablename__ = "audit_log"

    id = db.Column(db.Integer, primary_key=True)
    actor_id = db.Column(db.Integer, db.ForeignKey("user.id"))
    action = db.Column(db.String(255))
    created_at = db.Column(db.DateTime, default=now)


class CmsPage(db.Model):
    __tablename__ = "cms_page"

    id = db.Column(db.Integer, primary_key=True)
    slug = db.Column(db.String(120), unique=True, nullable=False)
    title = db.Column(db.String(200))
    content = db.Column(db.Text)
    created_at = db.Column(db.DateTime, default=now)
    updated_at = db.Column(db.DateTime, default=now, onupdate=now)


if __name__ == "__main__":
    app.run()
