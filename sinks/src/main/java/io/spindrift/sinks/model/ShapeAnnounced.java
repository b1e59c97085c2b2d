package io.spindrift.sinks.model;

import org.jspecify.annotations.Nullable;

/**
 * A shape, sent ahead of the first row that uses it. Announcing twice is harmless.
 *
 * @param aheadOf the row that it goes with, on that row's way; null: to everyone. Rows and what goes to everyone overtake each other
 */
public record ShapeAnnounced(TableShape shape, @Nullable RowKey aheadOf) implements ChangeEvent {

    public ShapeAnnounced(TableShape shape) {
        this(shape, null);
    }
}
