-- How names and queries are folded: as `src/geographic/search_key.py` does it, which a test compares.
CREATE OR REPLACE FUNCTION search_key(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        translate(
            replace(replace(replace(replace(
                regexp_replace(normalize(lower(name), NFKD), '[\u0300-\u036f]', '', 'g'),
                'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
            'đðəħıĸłŋøŧ''`´‘’ʻʼ', 'ddehiklnot'
        ),
        '[^[:alnum:]]+', ' ', 'g'
    ))
$$;

-- What is asked for, in words that listings have; all have to be found. The last one may be unfinished, and so may another
-- that no listing has. One that none starts with is taken for a mistyped one and stands for its nearest neighbours.
CREATE OR REPLACE FUNCTION search_query(asked text) RETURNS tsquery LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT string_agg('(' || coalesce(known.words, near.words, quote_literal(word)) || ')', ' & ')::tsquery
    FROM (SELECT word, number = max(number) OVER () AS is_last
          FROM regexp_split_to_table(search_key(asked), ' ') WITH ORDINALITY AS split (word, number)
          WHERE word <> '' LIMIT 8) AS asked
    LEFT JOIN LATERAL (
        SELECT quote_literal(word) || CASE WHEN NOT is_last AND EXISTS (
            SELECT FROM search_words WHERE search_words.word = asked.word) THEN '' ELSE ':*' END AS words
        WHERE EXISTS (SELECT FROM search_words WHERE search_words.word >= asked.word
                      AND search_words.word < asked.word || chr(1114111))
    ) AS known ON true
    LEFT JOIN LATERAL (
        SELECT string_agg(quote_literal(neighbour), ' | ') AS words
        FROM (SELECT search_words.word AS neighbour FROM search_words WHERE search_words.word % asked.word
              ORDER BY similarity(search_words.word, asked.word) DESC, search_words.word LIMIT 5) AS neighbours
        WHERE known.words IS NULL
    ) AS near ON true
$$;
