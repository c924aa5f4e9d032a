/** Messages of Protobuf as trees, with the types of a descriptor set and without generated code. */
@NullMarked
package dev.streambed.schemas.protobuf;

import org.jspecify.annotations.NullMarked;
