{#-
    Which scenarios an invocation is about: `--vars '{"scenario_ids": ["gridlock"]}'`. No names means all of them, for
    deleting, selecting and testing alike, so that a bare `dbt build` is right.
-#}

{% macro scenario_names() -%}
    {#- The names in `scenario_ids`, checked: they go into SQL as text. -#}
    {%- set names = var('scenario_ids', []) -%}
    {%- if names is string -%}
        {{ exceptions.raise_compiler_error("scenario_ids must be a list of names, not one text: " ~ names) }}
    {%- endif -%}
    {%- for name in names if not modules.re.match('^[a-z][a-z0-9_]*$', name) -%}
        {{ exceptions.raise_compiler_error("scenario_ids: " ~ name ~ " is no scenario name ([a-z][a-z0-9_]*)") }}
    {%- endfor -%}
    {{ return(names) }}
{%- endmacro %}

{% macro is_in_scope(column='scenario') -%}
    {#- True for rows of the scenarios that this invocation is about. For deleting and for tests. -#}
    {%- set names = scenario_names() -%}
    {%- if names -%}
        {{ column }} in ({% for name in names %}'{{ name }}'{{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{% macro is_to_build(column='scenario') -%}
    {#-
        True for the rows that an incremental model must build. A table that does not exist yet, or is refreshed in
        full, gets all scenarios whatever was asked for: it would else lack the others without a word.
    -#}
    {{ is_in_scope(column) if is_incremental() else 'true' }}
{%- endmacro %}

{% macro get_incremental_replace_scenarios_sql(arg_dict) -%}
    {#-
        Incremental strategy `replace_scenarios`: every row of the scenarios in scope goes, then the new rows come in,
        in the one transaction of the materialization. `delete+insert` will not do, since it deletes only keys that are
        in the new batch: a scenario that no longer produces rows would keep its old ones.
    -#}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    delete from {{ arg_dict['target_relation'] }} where {{ is_in_scope() }};
    insert into {{ arg_dict['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }}
{%- endmacro %}

{% macro duckdb__get_where_subquery(relation) -%}
    {#- Generic tests look only at the scenarios in scope; all models have the column, raw tables do not. -#}
    {%- set conditions = [config.get('where', '')] -%}
    {%- if relation.schema != 'raw' and scenario_names() -%}
        {%- do conditions.append(is_in_scope()) -%}
    {%- endif -%}
    {%- set conditions = conditions | select | list -%}
    {%- if conditions -%}
        {{ return("(select * from " ~ relation ~ " where " ~ conditions | join(' and ') ~ ") as in_scope") }}
    {%- else -%}
        {{ return(relation) }}
    {%- endif -%}
{%- endmacro %}
