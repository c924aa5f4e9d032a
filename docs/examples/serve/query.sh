curl http://127.0.0.1:8080/v1/embeddings -H 'Content-Type: application/json' \
  -d '{"model": "all-MiniLM-L6-v2", "input": "prices of food"}'
