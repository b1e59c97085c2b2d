-- Texts of values, by their type.
CREATE OR REPLACE MACRO main.sf_json_text(x) AS CASE WHEN starts_with(ltrim(x::VARCHAR), '"') THEN json_extract_string(x::VARCHAR, '$')
  WHEN trim(x::VARCHAR) = 'null' THEN NULL ELSE x::VARCHAR END;
CREATE OR REPLACE MACRO main.sf_real_text(x) AS regexp_replace(regexp_replace(x::VARCHAR, '\.0$', ''), '\.0e', 'e');
CREATE OR REPLACE MACRO main.sf_ntz_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g');
CREATE OR REPLACE MACRO main.sf_ltz_text(x) AS strftime(x, '%Y-%m-%d %H:%M:%S.%g ') || rpad(strftime(x, '%z'), 5, '0');
-- A TIMESTAMP_TZ is an instant with the minutes that its clock is ahead of UTC.
CREATE OR REPLACE MACRO main.sf_zoned(u) AS
  CASE WHEN u IS NOT NULL THEN {'utc': u, 'offset': date_diff('minute', timezone('UTC', u), u::TIMESTAMP)::INTEGER} END;
CREATE OR REPLACE MACRO main.sf_clock(x) AS timezone('UTC', struct_extract(x, 'utc')) + to_minutes(struct_extract(x, 'offset'));
CREATE OR REPLACE MACRO main.sf_at_offset(clock, o) AS
  CASE WHEN clock IS NOT NULL THEN {'utc': timezone('UTC', clock - to_minutes(o)), 'offset': o} END;
CREATE OR REPLACE MACRO main.sf_tz_text(x) AS strftime(sf_clock(x), '%Y-%m-%d %H:%M:%S.%g ')
  || CASE WHEN struct_extract(x, 'offset') < 0 THEN '-' ELSE '+' END
  || format('{:02d}{:02d}', abs(struct_extract(x, 'offset')) // 60, abs(struct_extract(x, 'offset')) % 60);
CREATE OR REPLACE MACRO main.sf_left(x, n) AS left(x, greatest(n, 0)::BIGINT);
CREATE OR REPLACE MACRO main.sf_right(x, n) AS right(x, greatest(n, 0)::BIGINT);
CREATE OR REPLACE MACRO main.sf_replace(x, a) AS replace(x, a, ''), (x, a, b) AS replace(x, a, b);
CREATE OR REPLACE MACRO main.sf_length(x VARCHAR) AS length(x), (x BLOB) AS octet_length(x), (x) AS length(x::VARCHAR);
CREATE OR REPLACE MACRO main.sf_charindex(a, x) AS strpos(x, a);
CREATE OR REPLACE MACRO main.sf_split(x, separator) AS to_json(string_split(x, separator));
CREATE OR REPLACE MACRO main.sf_strtok(x) AS list_filter(string_split(x, ' '), lambda t: t <> '')[1],
  (x, d) AS list_filter(regexp_split_to_array(x, '[' || regexp_escape(d) || ']'), lambda t: t <> '')[1],
  (x, d, n) AS list_filter(regexp_split_to_array(x, '[' || regexp_escape(d) || ']'), lambda t: t <> '')[n];
CREATE OR REPLACE MACRO main.sf_regexp_replace(x, p) AS regexp_replace(x, p, '', 'g'), (x, p, r) AS regexp_replace(x, p, r, 'g');
CREATE OR REPLACE MACRO main.sf_regexp_substr(x, p) AS CASE WHEN regexp_matches(x, p) THEN regexp_extract(x, p) END;
CREATE OR REPLACE MACRO main.sf_regexp_count(x, p) AS len(regexp_extract_all(x, p));
CREATE OR REPLACE MACRO main.sf_initcap(x) AS array_to_string(list_transform(
  regexp_extract_all(x, '[\pL\d]+|[^\pL\d]+'), lambda w: upper(w[1]) || lower(w[2:])), '');
CREATE OR REPLACE MACRO main.sf_sha2(x) AS sha256(x), (x, n) AS CASE WHEN n IN (0, 256) THEN sha256(x)
  ELSE error('SNOWFLAKE<000002|0A000|not supported by the local Snowflake: SHA2 of ' || n || ' bits>END') END;
CREATE OR REPLACE MACRO main.sf_zeroifnull(x) AS coalesce(x, 0);
CREATE OR REPLACE MACRO main.sf_nullifzero(x) AS nullif(x, 0);
CREATE OR REPLACE MACRO main.sf_equal_null(a, b) AS a IS NOT DISTINCT FROM b;
CREATE OR REPLACE MACRO main.sf_div0(a, b) AS CASE WHEN b = 0 THEN 0
  ELSE CAST(sf_quotient(a::VARCHAR, b::VARCHAR, '6') AS DECIMAL(38, 6)) END;
CREATE OR REPLACE MACRO main.sf_square(x) AS x::DOUBLE * x::DOUBLE;
CREATE OR REPLACE MACRO main.sf_sign(x) AS sign(x);
-- Division by zero is an error in Snowflake, and infinity of DOUBLEs in DuckDB.
CREATE OR REPLACE MACRO main.sf_divisor(x) AS CASE WHEN x = 0 THEN error('SNOWFLAKE<100051|22012|Division by zero>END') ELSE x END;
CREATE OR REPLACE MACRO main.sf_mod(a, b) AS a % sf_divisor(b);
CREATE OR REPLACE MACRO main.sf_bitand(a, b) AS a::HUGEINT & b::HUGEINT;
CREATE OR REPLACE MACRO main.sf_bitor(a, b) AS a::HUGEINT | b::HUGEINT;
CREATE OR REPLACE MACRO main.sf_bitxor(a, b) AS xor(a::HUGEINT, b::HUGEINT);
CREATE OR REPLACE MACRO main.sf_shl(a, b) AS a::HUGEINT << b::INTEGER;
CREATE OR REPLACE MACRO main.sf_shr(a, b) AS a::HUGEINT >> b::INTEGER;
CREATE OR REPLACE MACRO main.sf_count_if(x) AS count_if(x);
CREATE OR REPLACE MACRO main.sf_hash(a) AS hash(a)::HUGEINT - 9223372036854775808, (a, b) AS hash(a, b)::HUGEINT - 9223372036854775808,
  (a, b, c) AS hash(a, b, c)::HUGEINT - 9223372036854775808, (a, b, c, d) AS hash(a, b, c, d)::HUGEINT - 9223372036854775808;
CREATE OR REPLACE MACRO main.sf_uuid() AS uuid()::VARCHAR;
-- The scale of a quotient follows from the types of its operands: where they are not known, digits would be lost without a word.
CREATE OR REPLACE MACRO main.sf_divide(a, b) AS CASE WHEN typeof(a) IN ('DOUBLE', 'FLOAT') OR typeof(b) IN ('DOUBLE', 'FLOAT')
  THEN a::DOUBLE / sf_divisor(b::DOUBLE)
  ELSE error('SNOWFLAKE<000002|0A000|not supported by the local Snowflake: a quotient of values of unknown type: cast them, as in'
    || ' x::NUMBER(10,2)>END') END;
CREATE OR REPLACE MACRO main.sf_parse_json(x) AS CAST(sf_checked_json(x::VARCHAR) AS JSON);
CREATE OR REPLACE MACRO main.sf_try_parse_json(x) AS TRY_CAST(sf_valid_json(x::VARCHAR) AS JSON);
CREATE OR REPLACE MACRO main.sf_check_json(x) AS CASE WHEN sf_valid_json(x::VARCHAR) IS NULL AND x IS NOT NULL THEN 'invalid JSON' END;
CREATE OR REPLACE MACRO main.sf_to_variant(x) AS CASE WHEN typeof(x) = 'JSON' OR typeof(x) LIKE 'DECIMAL%' THEN x::VARCHAR::JSON
  ELSE to_json(x) END;
CREATE OR REPLACE MACRO main.sf_to_json(x) AS x::VARCHAR;
CREATE OR REPLACE MACRO main.sf_array_size(x) AS CASE WHEN json_type(x) = 'ARRAY' THEN json_array_length(x) END;
CREATE OR REPLACE MACRO main.sf_rows(x) AS
  from_json(sf_parts(x::VARCHAR), '[{"s":"BIGINT","k":"VARCHAR","i":"BIGINT","v":"VARCHAR"}]');
CREATE OR REPLACE MACRO main.sf_array_to_string(x, separator) AS CASE WHEN json_type(x) = 'ARRAY'
  THEN array_to_string(list_transform(sf_rows(x), lambda r: coalesce(sf_json_text(r.v), '')), separator) END;
CREATE OR REPLACE MACRO main.sf_array_contains(x, list) AS
  len(list_filter(sf_rows(list), lambda r: sf_compare_variants(r.v, x::VARCHAR) = 0)) > 0;
CREATE OR REPLACE MACRO main.sf_object_keys(x) AS CASE WHEN json_type(x) = 'OBJECT'
  THEN to_json(list_transform(sf_rows(x), lambda r: r.k)) END;
CREATE OR REPLACE MACRO main.sf_flatten(x, outside) AS CASE WHEN outside AND len(coalesce(sf_rows(x), [])) = 0
  THEN [{'s': 1::BIGINT, 'k': NULL::VARCHAR, 'i': NULL::BIGINT, 'v': NULL::VARCHAR, 'p': NULL::VARCHAR}]
  ELSE list_transform(sf_rows(x), lambda r: {'s': r.s, 'k': r.k, 'i': r.i, 'v': r.v, 'p': CASE WHEN r.k IS NULL THEN '[' || r.i || ']'
    WHEN NOT regexp_full_match(r.k, '[A-Za-z_]\w*') THEN '[''' || r.k || ''']' ELSE r.k END}) END;
CREATE OR REPLACE MACRO main.sf_is_null_value(x) AS json_type(x) = 'NULL';
CREATE OR REPLACE MACRO main.sf_typeof(x) AS CASE json_type(x) WHEN 'NULL' THEN 'NULL_VALUE' WHEN 'BIGINT' THEN 'INTEGER'
  WHEN 'UBIGINT' THEN 'INTEGER' WHEN 'HUGEINT' THEN 'INTEGER'
  WHEN 'DOUBLE' THEN CASE WHEN x::VARCHAR SIMILAR TO '.*[eE].*' THEN 'DOUBLE' ELSE 'DECIMAL' END ELSE json_type(x) END;
CREATE OR REPLACE MACRO main.sf_variant(x, name) AS CASE WHEN typeof(x) <> 'JSON' AND x IS NOT NULL
  THEN error('SNOWFLAKE<002023|22000|SQL compilation error: Expression type does not match column data type, expecting VARIANT but got '
    || typeof(x) || ' for column ' || name || '>END') ELSE x::JSON END;
CREATE OR REPLACE MACRO main.sf_to_binary(x) AS CASE WHEN typeof(x) = 'BLOB' THEN x::BLOB ELSE unhex(x::VARCHAR) END;
-- Of an unknown type. Branches not taken are folded away, but must bind for every type: most go through the text.
CREATE OR REPLACE MACRO main.sf_text(x) AS CASE typeof(x)
  WHEN 'JSON' THEN sf_json_text(x)
  WHEN 'BLOB' THEN hex(x::BLOB)
  WHEN 'DOUBLE' THEN sf_real_text(x)
  WHEN 'TIMESTAMP' THEN sf_ntz_text(x::VARCHAR::TIMESTAMP)
  WHEN 'TIMESTAMP WITH TIME ZONE' THEN sf_ltz_text(x::VARCHAR::TIMESTAMPTZ)
  WHEN 'STRUCT(utc TIMESTAMP WITH TIME ZONE, "offset" INTEGER)' THEN sf_tz_text(x::VARCHAR::STRUCT(utc TIMESTAMPTZ, "offset" INTEGER))
  ELSE x::VARCHAR END;
-- Texts to times: DuckDB takes other forms too, and cuts digits. An offset is dropped where the type has none. The form of the
-- sink's files goes first and without regular expressions, which cost more than all the rest of a COPY.
CREATE OR REPLACE MACRO main.sf_is_timestamp(x) AS
  regexp_full_match(x, '\d{4}-\d\d?-\d\d?([T ]([01]?\d|2[0-3]):\d\d(:\d\d(\.\d{0,6}0*)?)?( ?(Z|[+-]\d\d?(:?\d\d)?))?)?');
CREATE OR REPLACE MACRO main.sf_try_ntz(x) AS CASE
  WHEN x LIKE '____-__-__ __:__:__.______' AND x NOT LIKE '% 24:%' AND x NOT LIKE '____-__-__ %-%' AND NOT contains(x, '+')
  THEN TRY_CAST(x AS TIMESTAMP) WHEN sf_is_timestamp(x)
  THEN TRY_CAST(regexp_replace(x, '(:\d\d[^Z+-]*?) ?(Z|[+-][\d:]+)$', '\1') AS TIMESTAMP) END;
CREATE OR REPLACE MACRO main.sf_try_ltz(x) AS CASE
  WHEN x LIKE '____-__-__ __:__:__.______ +00:00' AND x NOT LIKE '% 24:%' THEN TRY_CAST(replace(x, ' +', '+') AS TIMESTAMPTZ)
  WHEN sf_is_timestamp(x)
  THEN TRY_CAST(regexp_replace(regexp_replace(x, '([+-])(\d)$', '\10\2'), '(:\d\d[^Z+-]*?) ([Z+-])', '\1\2') AS TIMESTAMPTZ) END;
CREATE OR REPLACE MACRO main.sf_try_date(x) AS CASE WHEN x LIKE '____-__-__' THEN TRY_CAST(x AS DATE) WHEN sf_is_timestamp(x)
  THEN CAST(TRY_CAST(regexp_replace(x, '[T ].*', '') AS DATE) AS DATE) END;
CREATE OR REPLACE MACRO main.sf_try_clock(x) AS CASE WHEN regexp_full_match(x, '([01]?\d|2[0-3]):\d\d(:\d\d(\.\d{0,6}0*)?)?')
  THEN TRY_CAST(x AS TIME) END;
CREATE OR REPLACE MACRO main.sf_text_ntz(x) AS coalesce(sf_try_ntz(x), sf_no_time('100035', 'Timestamp', x)::TIMESTAMP);
CREATE OR REPLACE MACRO main.sf_text_ltz(x) AS coalesce(sf_try_ltz(x), sf_no_time('100035', 'Timestamp', x)::TIMESTAMPTZ);
CREATE OR REPLACE MACRO main.sf_text_tz(x) AS CASE WHEN x IS NOT NULL THEN {'utc': sf_text_ltz(x),
  'offset': CASE WHEN x LIKE '% +00:00' THEN 0 ELSE sf_offset(x, current_setting('TimeZone')) END} END;
CREATE OR REPLACE MACRO main.sf_try_tz(x) AS CASE WHEN sf_try_ltz(x) IS NOT NULL THEN sf_text_tz(x) END;
CREATE OR REPLACE MACRO main.sf_text_date(x) AS coalesce(sf_try_date(x), sf_no_time('100040', 'Date', x)::DATE);
CREATE OR REPLACE MACRO main.sf_text_time(x) AS coalesce(sf_try_clock(x), sf_no_time('100108', 'Time', x)::TIME);
CREATE OR REPLACE MACRO main.sf_boolean_word(x) AS CASE lower(x) WHEN 'on' THEN 'true' WHEN 'off' THEN 'false' ELSE x END;
CREATE OR REPLACE MACRO main.sf_ltz(x) AS CASE WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN x::TIMESTAMPTZ
  WHEN typeof(x) = 'VARCHAR' THEN sf_text_ltz(x::VARCHAR)
  WHEN typeof(x) IN ('INTEGER', 'BIGINT', 'HUGEINT') OR typeof(x) LIKE 'DECIMAL%' THEN to_timestamp(x::VARCHAR::DOUBLE)
  ELSE x::VARCHAR::TIMESTAMPTZ END;
CREATE OR REPLACE MACRO main.sf_ntz(x) AS CASE WHEN typeof(x) = 'TIMESTAMP' THEN x::TIMESTAMP
  WHEN typeof(x) IN ('INTEGER', 'BIGINT', 'HUGEINT') OR typeof(x) LIKE 'DECIMAL%' THEN to_timestamp(x::VARCHAR::DOUBLE)::TIMESTAMP
  WHEN typeof(x) = 'TIMESTAMP WITH TIME ZONE' THEN x::VARCHAR::TIMESTAMPTZ::TIMESTAMP
  ELSE sf_text_ntz(x::VARCHAR) END;
-- Into a column.
CREATE OR REPLACE MACRO main.sf_tz(x STRUCT(utc TIMESTAMPTZ, "offset" INTEGER)) AS x, (x VARCHAR) AS sf_text_tz(x), (x) AS sf_zoned(sf_ltz(x));
CREATE OR REPLACE MACRO main.sf_fit_text(x, n, name) AS CASE WHEN length(x) > n THEN error(format('SNOWFLAKE<100078|22000|String ''{}'''
  || ' is too long and would be truncated: {} holds {}>END', left(x, 100), name, n)) ELSE x END;
CREATE OR REPLACE MACRO main.sf_fit_binary(x, n, name) AS CASE WHEN octet_length(x::BLOB) > n THEN error('SNOWFLAKE<100078|22000|Binary value'
  || ' is too long and would be truncated: ' || name || ' holds ' || n || '>END') ELSE x::BLOB END;
CREATE OR REPLACE MACRO main.sf_convert_timezone(target, x) AS CASE WHEN x IS NOT NULL THEN {'utc': timezone('UTC', x),
  'offset': date_diff('minute', x, timezone(target, timezone('UTC', x)))::INTEGER} END;
-- Boundaries crossed, not time elapsed. Weeks begin on Monday.
CREATE OR REPLACE MACRO main.sf_date_diff(part, a, b) AS CASE part WHEN 'nanosecond' THEN 1000 * date_diff('microsecond', a, b)
  WHEN 'week' THEN date_diff('day', date_trunc('week', a::VARCHAR::TIMESTAMP), date_trunc('week', b::VARCHAR::TIMESTAMP)) // 7
  ELSE date_diff(CASE part WHEN 'nanosecond' THEN 'microsecond' ELSE part END, a, b) END;
CREATE OR REPLACE MACRO main.sf_interval(part, n) AS CASE part WHEN 'year' THEN to_years(round(n)::INTEGER)
  WHEN 'quarter' THEN to_months(3 * round(n)::INTEGER) WHEN 'month' THEN to_months(round(n)::INTEGER) WHEN 'week' THEN to_weeks(round(n)::INTEGER)
  WHEN 'day' THEN to_days(round(n)::INTEGER) WHEN 'hour' THEN to_hours(round(n)::BIGINT) WHEN 'minute' THEN to_minutes(round(n)::BIGINT)
  WHEN 'second' THEN to_microseconds(1000000 * round(n)::BIGINT) WHEN 'millisecond' THEN to_microseconds(1000 * round(n)::BIGINT)
  WHEN 'microsecond' THEN to_microseconds(round(n)::BIGINT)
  ELSE error('SNOWFLAKE<000002|0A000|not supported by the local Snowflake: DATEADD of ' || part || '>END') END;
CREATE OR REPLACE MACRO main.sf_second(x) AS second(x);
CREATE OR REPLACE MACRO main.sf_dayname(x) AS left(dayname(x), 3);
CREATE OR REPLACE MACRO main.sf_monthname(x) AS left(monthname(x), 3);
CREATE OR REPLACE MACRO main.sf_add_months(x, n) AS CASE WHEN x::DATE = last_day(x) THEN last_day((x + to_months(n::INTEGER))::DATE) + (x - x::DATE::TIMESTAMP)
  ELSE x + to_months(n::INTEGER) END;
