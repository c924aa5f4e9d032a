package dev.streambed.jobs;

import java.lang.reflect.Type;
import java.util.Map;
import org.apache.flink.api.common.serialization.SerializerConfig;
import org.apache.flink.api.common.typeinfo.TypeInfoFactory;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.jspecify.annotations.Nullable;

/** Tells Flink to write {@link InputRecord}s with their {@link InputRecordSerializer}. */
final class InputRecordType extends TypeInformation<InputRecord> {
  private static final long serialVersionUID = 1L;

  /** Flink finds the type by this. */
  public static final class Factory extends TypeInfoFactory<InputRecord> {
    @Override
    public TypeInformation<InputRecord> createTypeInfo(
        Type type, Map<String, TypeInformation<?>> parameters) {
      return new InputRecordType();
    }
  }

  @Override
  public TypeSerializer<InputRecord> createSerializer(SerializerConfig config) {
    return new InputRecordSerializer();
  }

  @Override
  public Class<InputRecord> getTypeClass() {
    return InputRecord.class;
  }

  @Override
  public boolean isBasicType() {
    return false;
  }

  @Override
  public boolean isTupleType() {
    return false;
  }

  @Override
  public int getArity() {
    return 1;
  }

  @Override
  public int getTotalFields() {
    return 1;
  }

  @Override
  public boolean isKeyType() {
    return false;
  }

  @Override
  public boolean canEqual(Object other) {
    return other instanceof InputRecordType;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof InputRecordType;
  }

  @Override
  public int hashCode() {
    return InputRecordType.class.hashCode();
  }

  @Override
  public String toString() {
    return "InputRecordType";
  }
}
