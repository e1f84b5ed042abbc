CREATE TABLE counters (
	agency TEXT NOT NULL,
	day TEXT NOT NULL,
	last INTEGER NOT NULL,
	CONSTRAINT counters_pkey PRIMARY KEY (agency, day)
)
 WITHOUT ROWID,
 STRICT
--
CREATE TABLE dossiers (
	id INTEGER NOT NULL,
	agency TEXT NOT NULL,
	number TEXT NOT NULL,
	code TEXT NOT NULL,
	version INTEGER NOT NULL,
	channel TEXT NOT NULL,
	CONSTRAINT dossiers_pkey PRIMARY KEY (id),
	CONSTRAINT dossiers_agency_number_key UNIQUE (agency, number)
)
 STRICT
--
CREATE TABLE heads (
	agency TEXT NOT NULL,
	position INTEGER NOT NULL,
	at INTEGER NOT NULL,
	previous TEXT NOT NULL,
	digest TEXT NOT NULL,
	tips TEXT NOT NULL,
	CONSTRAINT heads_pkey PRIMARY KEY (agency, position)
)
 WITHOUT ROWID,
 STRICT
--
CREATE TABLE keys (
	agency TEXT NOT NULL,
	"key" TEXT NOT NULL,
	dossier INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	request TEXT NOT NULL,
	at INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL,
	CONSTRAINT keys_pkey PRIMARY KEY (agency, "key")
)
 WITHOUT ROWID,
 STRICT
--
CREATE TABLE meta (
	"key" TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT meta_pkey PRIMARY KEY ("key")
)
 WITHOUT ROWID,
 STRICT
--
CREATE TABLE moves (
	dossier INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	at INTEGER NOT NULL,
	actor INTEGER NOT NULL,
	action INTEGER NOT NULL,
	step INTEGER NOT NULL,
	holder INTEGER NOT NULL,
	note TEXT,
	record TEXT,
	hash BLOB NOT NULL,
	recorded INTEGER DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)) NOT NULL,
	CONSTRAINT moves_pkey PRIMARY KEY (dossier, seq)
)
 WITHOUT ROWID,
 STRICT
--
CREATE TABLE outbox (
	id INTEGER NOT NULL,
	dossier INTEGER NOT NULL,
	seq INTEGER,
	type INTEGER NOT NULL,
	agency TEXT,
	"key" TEXT,
	data TEXT,
	delivered INTEGER,
	CONSTRAINT outbox_pkey PRIMARY KEY (id)
)
 STRICT
--
CREATE UNIQUE INDEX outbox_agency_key_idx ON outbox (agency, "key") WHERE "key" IS NOT NULL
--
CREATE INDEX outbox_undelivered_idx ON outbox (id) WHERE delivered IS NULL
--
CREATE TABLE words (
	id INTEGER NOT NULL,
	word TEXT NOT NULL,
	CONSTRAINT words_pkey PRIMARY KEY (id),
	CONSTRAINT words_word_key UNIQUE (word)
)
 STRICT
--
CREATE TABLE people (
	dossier INTEGER NOT NULL,
	field TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT people_pkey PRIMARY KEY (dossier, field),
	CONSTRAINT people_dossier_fkey FOREIGN KEY(dossier) REFERENCES dossiers (id)
)
 WITHOUT ROWID,
 STRICT
--
CREATE VIEW log AS SELECT moves.dossier, dossiers.agency, dossiers.number, dossiers.code, dossiers.version, dossiers.channel, moves.seq, moves.at, coalesce(actor.word, '#' || CAST(moves.actor AS TEXT)) AS actor, coalesce(action.word, '#' || CAST(moves.action AS TEXT)) AS action, coalesce(step.word, '#' || CAST(moves.step AS TEXT)) AS step, coalesce(holder.word, '#' || CAST(moves.holder AS TEXT)) AS holder, moves.note, moves.record, moves.hash, moves.recorded
FROM moves LEFT OUTER JOIN dossiers ON dossiers.id = moves.dossier LEFT OUTER JOIN words AS actor ON actor.id = moves.actor LEFT OUTER JOIN words AS action ON action.id = moves.action LEFT OUTER JOIN words AS step ON step.id = moves.step LEFT OUTER JOIN words AS holder ON holder.id = moves.holder
--
CREATE TRIGGER moves_follow BEFORE INSERT ON moves
    WHEN new.seq IS NOT (SELECT coalesce(max(seq) + 1, 0) FROM moves WHERE dossier = new.dossier)
        OR (new.seq = 0 AND NOT EXISTS (SELECT 1 FROM dossiers WHERE id = new.dossier))
    BEGIN SELECT RAISE(ABORT, 'moves is append-only: seq must follow'); END
--
CREATE TRIGGER words_new BEFORE INSERT ON words
    WHEN EXISTS (SELECT 1 FROM words WHERE id = new.id OR word = new.word)
    BEGIN SELECT RAISE(ABORT, 'words is append-only: it is there'); END
--
CREATE TRIGGER dossiers_new BEFORE INSERT ON dossiers
    WHEN EXISTS (SELECT 1 FROM dossiers WHERE id = new.id OR (agency = new.agency AND number = new.number))
    BEGIN SELECT RAISE(ABORT, 'dossiers is append-only: the number is taken'); END
--
CREATE TRIGGER heads_follow BEFORE INSERT ON heads
    WHEN new.position IS NOT (SELECT coalesce(max(position) + 1, 0) FROM heads WHERE agency = new.agency)
    BEGIN SELECT RAISE(ABORT, 'heads is append-only: position must follow'); END
--
CREATE TRIGGER words_update BEFORE UPDATE ON words BEGIN SELECT RAISE(ABORT, 'words is append-only: no UPDATE'); END
--
CREATE TRIGGER words_delete BEFORE DELETE ON words BEGIN SELECT RAISE(ABORT, 'words is append-only: no DELETE'); END
--
CREATE TRIGGER moves_update BEFORE UPDATE ON moves BEGIN SELECT RAISE(ABORT, 'moves is append-only: no UPDATE'); END
--
CREATE TRIGGER moves_delete BEFORE DELETE ON moves BEGIN SELECT RAISE(ABORT, 'moves is append-only: no DELETE'); END
--
CREATE TRIGGER dossiers_update BEFORE UPDATE ON dossiers BEGIN SELECT RAISE(ABORT, 'dossiers is append-only: no UPDATE'); END
--
CREATE TRIGGER dossiers_delete BEFORE DELETE ON dossiers BEGIN SELECT RAISE(ABORT, 'dossiers is append-only: no DELETE'); END
--
CREATE TRIGGER heads_update BEFORE UPDATE ON heads BEGIN SELECT RAISE(ABORT, 'heads is append-only: no UPDATE'); END
--
CREATE TRIGGER heads_delete BEFORE DELETE ON heads BEGIN SELECT RAISE(ABORT, 'heads is append-only: no DELETE'); END
