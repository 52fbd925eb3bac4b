#!/bin/sh
# Puts the index template into Elasticsearch and the saved searches into Kibana. May be repeated.
set -eu
curl --fail-with-body --silent --show-error --request PUT 'http://elasticsearch:9200/_index_template/acme-orders' \
  --header 'Content-Type: application/json' --data-binary @/elk/index-template.json
curl --fail-with-body --silent --show-error --request POST 'http://kibana:5601/api/saved_objects/_import?overwrite=true' \
  --header 'kbn-xsrf: true' --form file=@/elk/saved-objects.ndjson
