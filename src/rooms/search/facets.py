"""How many of the rooms that match have what: SQL over the rows of `matches`."""

MOST_VALUES = 30
CAPACITIES = (1, 3, 5, 9, 17, 33, 65)

_CITIES = f"""
    SELECT json_build_object('city_id', city_id, 'name', cities.name, 'count', count) AS facet, count,
           city_id AS value
    FROM (SELECT city_id, count(*) AS count FROM matches GROUP BY city_id) AS found
    JOIN cities ON cities.id = city_id ORDER BY count DESC, city_id LIMIT {MOST_VALUES}"""

_CAPACITY = f"""
    SELECT json_build_object('at_least', (ARRAY[{", ".join(map(str, CAPACITIES))}])[bucket], 'count', count) AS facet,
           0 AS count, bucket AS value
    FROM (SELECT width_bucket(capacity, ARRAY[{", ".join(map(str, CAPACITIES))}]) AS bucket, count(*) AS count
          FROM matches GROUP BY bucket) AS found"""

# 1, 2, 5, 10, 20 … of the currency's smallest unit: sensible steps whatever a unit is worth.
_PRICES = """
    SELECT json_build_object('currency', currency, 'at_least', (step * scale)::bigint,
                             'less_than', (CASE step WHEN 1 THEN 2 WHEN 2 THEN 5 ELSE 10 END * scale)::bigint,
                             'count', count(*)) AS facet,
           0 AS count, (currency, step * scale) AS value
    FROM (SELECT currency, scale, CASE WHEN hourly_amount < 2 * scale THEN 1
                                       WHEN hourly_amount < 5 * scale THEN 2 ELSE 5 END AS step
          FROM (SELECT currency, hourly_amount, 10::numeric ^ (length(hourly_amount::text) - 1) AS scale
                FROM matches WHERE hourly_amount IS NOT NULL) AS priced) AS stepped
    GROUP BY currency, step, scale"""


def _tags(column: str) -> str:
    return f"""
    SELECT json_build_object('slug', slug, 'count', count(*)) AS facet, count(*) AS count, slug AS value
    FROM matches, unnest({column}) AS slug GROUP BY slug ORDER BY count(*) DESC, slug LIMIT {MOST_VALUES}"""


def _list(query: str) -> str:
    """The most frequent first, then by value."""
    return f"(SELECT coalesce(json_agg(facet ORDER BY count DESC, value), '[]') FROM ({query}) AS facets)"


FACETS = f"""json_build_object(
    'cities', {_list(_CITIES)}, 'equipment', {_list(_tags("equipment"))}, 'badges', {_list(_tags("badges"))},
    'capacity', {_list(_CAPACITY)}, 'prices', {_list(_PRICES)})"""
