package dev.streambed.schemas.profile;

import dev.streambed.schemas.VectorEncoding;
import org.apiguardian.api.API;

/** The profiles that a pipeline file may name. */
@API(status = API.Status.INTERNAL)
public enum ProfileName {
  /** The record as it is, after its published schemas. */
  CANONICAL("canonical"),
  /** One level, for stores and SQL. */
  FLAT("flat"),
  /** Flat, with the schema that Kafka Connect's JsonConverter reads. */
  CONNECT_JSON("connect-json"),
  /** A point for Qdrant's connector. */
  QDRANT("qdrant"),
  /** A row for Milvus' connector. */
  MILVUS("milvus"),
  /** A document for Elasticsearch, under its id. */
  ELASTICSEARCH("elasticsearch"),
  /** A document for OpenSearch, under its id. */
  OPENSEARCH("opensearch"),
  /** A JSON value for Redis, under its id. */
  REDIS_JSON("redis-json"),
  /** An object for Weaviate's connector. */
  WEAVIATE("weaviate");

  private final String optionValue;

  ProfileName(String optionValue) {
    this.optionValue = optionValue;
  }

  /** Whether Kafka keys are made of ids: see {@link Profile#makesKeys}. */
  public boolean makesKeys() {
    return switch (this) {
      case CANONICAL, FLAT, MILVUS -> false;
      case CONNECT_JSON, QDRANT, ELASTICSEARCH, OPENSEARCH, REDIS_JSON, WEAVIATE -> true;
    };
  }

  /** Whether vectors may have this encoding. */
  public boolean takes(VectorEncoding encoding) {
    return switch (this) {
      case CANONICAL, FLAT -> true; // if their format does
      case ELASTICSEARCH, OPENSEARCH -> // element types float, byte and bit; bytes are signed
          encoding == VectorEncoding.FLOAT32 || encoding.isLossy();
      case CONNECT_JSON, QDRANT, MILVUS, REDIS_JSON, WEAVIATE -> encoding == VectorEncoding.FLOAT32;
    };
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
