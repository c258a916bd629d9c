namespace Net.Mesh.Cortex;

/// <summary>Makes indexes over logs of values.</summary>
public static class TypedRedexFileIndexing
{
    extension<T>(TypedRedexFile<T> file)
    {
        /// <summary>Begins an index over a log.</summary>
        /// <param name="project">What a value does to the index; nothing, one or more. It does not throw.</param>
        /// <param name="start">Where to begin.</param>
        /// <param name="mode">Whether a reader that is far behind is cut off, and begins anew. Default: it is not, as long as the log has what it needs.</param>
        /// <param name="timeProvider">The clock of pauses after having begun anew several times in a row.</param>
        public RedexIndex<TKey, TValue> Index<TKey, TValue>(
            Func<T, IEnumerable<IndexOp<TKey, TValue>>> project, IndexStart start = default, TailMode mode = TailMode.Lossless, TimeProvider? timeProvider = null)
            where TKey : notnull
        {
            ArgumentNullException.ThrowIfNull(project);
            return RedexIndex<TKey, TValue>.Begin(file, project, start, mode, timeProvider ?? file.File.Time);
        }
    }
}
