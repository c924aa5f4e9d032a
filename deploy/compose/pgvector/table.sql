-- The table of docker-compose.yml with the profile pgvector; the vectors of all-MiniLM-L6-v2 have 384 components.
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE embeddings (id text PRIMARY KEY, embedding vector(384), text text, streambed_space text);
CREATE INDEX ON embeddings USING hnsw (embedding vector_cosine_ops);
