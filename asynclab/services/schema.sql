-- What every database of the lab starts with. {learners} is the group role whose members use it.
CREATE TABLE countries (
    code text PRIMARY KEY,
    name text NOT NULL,
    capital text NOT NULL,
    continent text NOT NULL,
    population bigint NOT NULL,
    area double precision NOT NULL,
    currency text NOT NULL
);
CREATE TABLE cities (
    id integer PRIMARY KEY,
    name text NOT NULL,
    country text NOT NULL,
    population bigint NOT NULL,
    latitude double precision NOT NULL,
    longitude double precision NOT NULL,
    timezone text NOT NULL
);
CREATE TABLE readings (
    id bigint PRIMARY KEY,
    station integer NOT NULL,
    taken_at timestamptz NOT NULL,
    value double precision NOT NULL
);
CREATE TABLE accounts (
    id integer PRIMARY KEY,
    balance bigint NOT NULL CHECK (balance >= 0)
);

-- The lab's own: what was asked for, and how long it is to take. Nobody else sees into this schema.
CREATE SCHEMA lab;
CREATE TABLE lab.calls (
    asked text NOT NULL,
    backend integer NOT NULL,
    began timestamptz NOT NULL,
    ended timestamptz NOT NULL
);
CREATE TABLE lab.rules (
    asked text PRIMARY KEY,
    seconds double precision,
    fails text
);

-- A report that takes a while, as reports do: 50 to 150 ms of waiting, a different time for each country.
CREATE FUNCTION country_report(asked text) RETURNS TABLE (
    country text, name text, cities bigint, population bigint, largest text, largest_population bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    began timestamptz := clock_timestamp();
    rule lab.rules;
BEGIN
    SELECT * INTO rule FROM lab.rules r WHERE r.asked = country_report.asked;
    PERFORM pg_sleep(coalesce(
        rule.seconds, 0.05 + ((ascii(country_report.asked) * 26 + ascii(substr(country_report.asked, 2))) % 11) / 100.0
    ));
    IF rule.fails IS NOT NULL THEN
        RAISE EXCEPTION '%', rule.fails;
    END IF;
    RETURN QUERY
        SELECT k.code, k.name, count(c.id), k.population,
               (array_agg(c.name ORDER BY c.population DESC, c.id))[1], max(c.population)
        FROM countries k JOIN cities c ON c.country = k.code
        WHERE k.code = country_report.asked GROUP BY k.code;
    INSERT INTO lab.calls VALUES (country_report.asked, pg_backend_pid(), began, clock_timestamp());
END $$;

GRANT USAGE, CREATE ON SCHEMA public TO {learners};
GRANT SELECT ON countries, cities TO {learners};
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON readings, accounts TO {learners};
