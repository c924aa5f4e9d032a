package dev.streambed.schemas.protobuf;

import static dev.streambed.schemas.MalformedRecordException.malformed;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.streambed.schemas.ForeignFormat;
import dev.streambed.schemas.MalformedRecordException.Reason;
import org.apiguardian.api.API;

/**
 * Decodes messages of one type, bare or in the wire format of a schema registry. A message cannot
 * begin with a zero byte, since no field has the number 0; the wire format does.
 */
@API(status = API.Status.INTERNAL)
public final class MessageDecoder {

  private final Descriptor descriptor;
  private final RegistryFrame frame;

  MessageDecoder(Descriptor descriptor) {
    this.descriptor = descriptor;
    this.frame = new RegistryFrame(descriptor);
  }

  /**
   * Decodes one message.
   *
   * @param what names the bytes in messages: {@code record}
   * @return an object with the names of fields as in the .proto file
   * @throws dev.streambed.schemas.MalformedRecordException if the bytes are no such message
   */
  public JsonNode decode(byte[] bytes, String what) {
    int start = RegistryFrame.isAround(bytes) ? frame.skip(bytes, what) : 0;
    DynamicMessage.Builder message = DynamicMessage.newBuilder(descriptor);
    try {
      message.mergeFrom(bytes, start, bytes.length - start);
    } catch (InvalidProtocolBufferException e) { // its message is a constant, but for programmers
      throw malformed(
          what,
          Reason.INVALID_PROTOBUF,
          "%d bytes are no message %s: cut off, of another type than %s says, of more than 100 levels, or with a string that is not UTF-8%s"
              .formatted(
                  bytes.length - start,
                  descriptor.getFullName(),
                  option(what),
                  start == 0 ? ForeignFormat.describeInBinary(bytes, what) : ""));
    }
    if (message.getAllFields().isEmpty() && !message.getUnknownFields().asMap().isEmpty()) {
      throw malformed(
          what,
          Reason.WRONG_TYPE,
          "no field in its %d bytes is one of %s, the type that %s says"
              .formatted(bytes.length - start, descriptor.getFullName(), option(what)));
    }
    if (!message.isInitialized()) {
      throw malformed(
          what,
          Reason.MISSING_PROPERTY,
          "required fields of %s are missing: %s"
              .formatted(descriptor.getFullName(), message.getInitializationErrorString()));
    }
    return MessageTree.object(message.buildPartial());
  }

  /** The option that says the type. */
  static String option(String what) {
    return what.equals(ForeignFormat.KEY)
        ? "streambed.source.key-message"
        : "streambed.source.message";
  }
}
