package dev.streambed.jobs.kafka;

import java.util.Set;
import org.apache.flink.annotation.Internal;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.acl.AclOperation;

/** The rights of the job's user on a topic (docs/decisions/0107). */
@Internal
public final class TopicRights {

  private TopicRights() {}

  /** To describe topics with. */
  public static DescribeTopicsOptions asked() {
    return new DescribeTopicsOptions().includeAuthorizedOperations(true);
  }

  /** Whether the user may do something with a topic; true if Kafka does not tell. */
  public static boolean allow(AclOperation operation, TopicDescription topic) {
    Set<AclOperation> allowed = topic.authorizedOperations();
    // It has just been described: whoever leaves that out does not tell what is allowed.
    return allowed == null
        || !allowed.contains(AclOperation.DESCRIBE)
        || allowed.contains(operation);
  }
}
