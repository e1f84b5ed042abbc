CREATE TABLE counters (
	agency TEXT NOT NULL,
	day TEXT NOT NULL,
	last INTEGER NOT NULL,
	CONSTRAINT counters_pkey PRIMARY KEY (agency, day)
)
--
CREATE TABLE dossiers (
	id INTEGER GENERATED ALWAYS AS IDENTITY,
	agency TEXT NOT NULL,
	number TEXT NOT NULL,
	code TEXT NOT NULL,
	version INTEGER NOT NULL,
	channel TEXT NOT NULL,
	CONSTRAINT dossiers_pkey PRIMARY KEY (id),
	CONSTRAINT dossiers_agency_number_key UNIQUE (agency, number)
)
--
CREATE TABLE heads (
	agency TEXT NOT NULL,
	position INTEGER NOT NULL,
	at BIGINT NOT NULL,
	previous TEXT NOT NULL,
	digest TEXT NOT NULL,
	tips TEXT NOT NULL,
	CONSTRAINT heads_pkey PRIMARY KEY (agency, position)
)
--
CREATE TABLE keys (
	agency TEXT NOT NULL,
	key TEXT NOT NULL,
	dossier INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	request TEXT NOT NULL,
	at BIGINT DEFAULT CAST(floor(extract(epoch FROM clock_timestamp())) AS bigint) NOT NULL,
	CONSTRAINT keys_pkey PRIMARY KEY (agency, key)
)
--
CREATE TABLE meta (
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT meta_pkey PRIMARY KEY (key)
)
--
CREATE TABLE moves (
	dossier INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	at BIGINT NOT NULL,
	actor INTEGER NOT NULL,
	action INTEGER NOT NULL,
	step INTEGER NOT NULL,
	holder INTEGER NOT NULL,
	note TEXT,
	record TEXT,
	hash BYTEA NOT NULL,
	recorded BIGINT DEFAULT CAST(floor(extract(epoch FROM clock_timestamp())) AS bigint) NOT NULL,
	CONSTRAINT moves_pkey PRIMARY KEY (dossier, seq)
)
--
CREATE TABLE outbox (
	id INTEGER GENERATED ALWAYS AS IDENTITY,
	dossier INTEGER NOT NULL,
	seq INTEGER,
	type INTEGER NOT NULL,
	agency TEXT,
	key TEXT,
	data TEXT,
	delivered BIGINT,
	CONSTRAINT outbox_pkey PRIMARY KEY (id)
)
--
CREATE UNIQUE INDEX outbox_agency_key_idx ON outbox (agency, key) WHERE key IS NOT NULL
--
CREATE INDEX outbox_undelivered_idx ON outbox (id) WHERE delivered IS NULL
--
CREATE TABLE words (
	id INTEGER GENERATED ALWAYS AS IDENTITY,
	word TEXT NOT NULL,
	CONSTRAINT words_pkey PRIMARY KEY (id),
	CONSTRAINT words_word_key UNIQUE (word)
)
--
CREATE TABLE people (
	dossier INTEGER NOT NULL,
	field TEXT NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT people_pkey PRIMARY KEY (dossier, field),
	CONSTRAINT people_dossier_fkey FOREIGN KEY(dossier) REFERENCES dossiers (id)
)
--
CREATE VIEW log AS SELECT moves.dossier, dossiers.agency, dossiers.number, dossiers.code, dossiers.version, dossiers.channel, moves.seq, moves.at, coalesce(actor.word, '#' || CAST(moves.actor AS TEXT)) AS actor, coalesce(action.word, '#' || CAST(moves.action AS TEXT)) AS action, coalesce(step.word, '#' || CAST(moves.step AS TEXT)) AS step, coalesce(holder.word, '#' || CAST(moves.holder AS TEXT)) AS holder, moves.note, moves.record, moves.hash, moves.recorded
FROM moves LEFT OUTER JOIN dossiers ON dossiers.id = moves.dossier LEFT OUTER JOIN words AS actor ON actor.id = moves.actor LEFT OUTER JOIN words AS action ON action.id = moves.action LEFT OUTER JOIN words AS step ON step.id = moves.step LEFT OUTER JOIN words AS holder ON holder.id = moves.holder
--
CREATE FUNCTION {schema}.append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% is append-only: no %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$
--
CREATE FUNCTION {schema}.heads_follow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF new.position > 0 THEN
        PERFORM 1 FROM {schema}.heads WHERE agency = new.agency AND position = new.position - 1;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'heads is append-only: position must follow' USING ERRCODE = 'restrict_violation', TABLE = 'heads';
        END IF;
    END IF;
    RETURN new;
END $$
--
CREATE TRIGGER words_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON words FOR EACH STATEMENT EXECUTE FUNCTION {schema}.append_only()
--
ALTER TABLE words ENABLE ALWAYS TRIGGER words_append_only
--
CREATE TRIGGER moves_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON moves FOR EACH STATEMENT EXECUTE FUNCTION {schema}.append_only()
--
ALTER TABLE moves ENABLE ALWAYS TRIGGER moves_append_only
--
CREATE TRIGGER dossiers_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON dossiers FOR EACH STATEMENT EXECUTE FUNCTION {schema}.append_only()
--
ALTER TABLE dossiers ENABLE ALWAYS TRIGGER dossiers_append_only
--
CREATE TRIGGER heads_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON heads FOR EACH STATEMENT EXECUTE FUNCTION {schema}.append_only()
--
ALTER TABLE heads ENABLE ALWAYS TRIGGER heads_append_only
--
CREATE TRIGGER heads_follow BEFORE INSERT ON heads FOR EACH ROW EXECUTE FUNCTION {schema}.heads_follow()
--
ALTER TABLE heads ENABLE ALWAYS TRIGGER heads_follow
