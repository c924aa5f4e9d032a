CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE articles (id text PRIMARY KEY, embedding vector(384), text text, price double precision, tags text[], streambed_space text);
CREATE INDEX ON articles USING hnsw (embedding vector_cosine_ops);
