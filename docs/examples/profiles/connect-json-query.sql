SELECT id, text FROM articles ORDER BY embedding <=> '[0.1, …]' LIMIT 10;
