{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- Schemas are called what they are (staging, intermediate, main), without the target's name in front. -#}
    {{ custom_schema_name if custom_schema_name else target.schema }}
{%- endmacro %}
