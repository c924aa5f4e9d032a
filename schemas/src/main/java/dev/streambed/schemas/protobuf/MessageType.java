package dev.streambed.schemas.protobuf;

import com.google.protobuf.Descriptors.Descriptor;
import dev.streambed.schemas.DocumentShape;
import java.io.Serializable;
import org.apiguardian.api.API;

/** A type of message, with the descriptor set that declares it. It travels to where it is used. */
@API(status = API.Status.INTERNAL)
public final class MessageType implements Serializable {
  private static final long serialVersionUID = 1L;

  private final byte[] descriptorSet;
  private final String name;

  private MessageType(byte[] descriptorSet, String name) {
    this.descriptorSet = descriptorSet;
    this.name = name;
  }

  /**
   * Refuses what is no descriptor set.
   *
   * @param descriptorSet what {@code protoc --include_imports --descriptor_set_out} writes
   * @throws IllegalArgumentException with a message for users that begins with what the set should
   *     be said to be: {@code "is no …"}
   */
  public static void checkSet(byte[] descriptorSet) {
    var unused = DescriptorSet.parse(descriptorSet);
  }

  /**
   * Finds a type.
   *
   * @param descriptorSet as of {@link #checkSet}
   * @param name with its package, such as {@code shop.Article}
   * @throws IllegalArgumentException if the set has no such type, with a message for users
   */
  public static MessageType find(byte[] descriptorSet, String name) {
    var type = new MessageType(descriptorSet.clone(), name);
    type.descriptor();
    return type;
  }

  /** The full name. */
  public String name() {
    return name;
  }

  /** A decoder of such messages. */
  public MessageDecoder open() {
    return new MessageDecoder(descriptor());
  }

  /** The shape of such messages when decoded. */
  public DocumentShape shape() {
    return MessageShape.object(descriptor());
  }

  private Descriptor descriptor() {
    return DescriptorSet.parse(descriptorSet).message(name);
  }
}
