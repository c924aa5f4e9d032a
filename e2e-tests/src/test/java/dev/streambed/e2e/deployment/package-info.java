/** Image, compose file, Kubernetes, monitoring, and Kafka with security. */
@NullMarked
package dev.streambed.e2e.deployment;

import org.jspecify.annotations.NullMarked;
