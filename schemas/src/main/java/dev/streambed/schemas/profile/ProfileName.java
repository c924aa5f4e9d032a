package dev.streambed.schemas.profile;

import org.apiguardian.api.API;

/** The profiles that a pipeline file may name. */
@API(status = API.Status.INTERNAL)
public enum ProfileName {
  /** The record as it is, after its published schemas. */
  CANONICAL("canonical"),
  /** One level, for stores and SQL. */
  FLAT("flat"),
  /** Flat, with the schema that Kafka Connect's JsonConverter reads. */
  CONNECT_JSON("connect-json");

  private final String optionValue;

  ProfileName(String optionValue) {
    this.optionValue = optionValue;
  }

  /** Whether Kafka keys are made of ids: see {@link Profile#makesKeys}. */
  public boolean makesKeys() {
    return switch (this) {
      case CANONICAL, FLAT -> false;
      case CONNECT_JSON -> true;
    };
  }

  /** As it is written in a pipeline file. */
  @Override
  public String toString() {
    return optionValue;
  }
}
