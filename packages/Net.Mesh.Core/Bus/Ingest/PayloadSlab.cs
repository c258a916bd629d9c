using System.Runtime.InteropServices;

namespace Net.Mesh.Bus;

/// <summary>
/// Memory for copied payloads: each emitting thread fills a slab of its own, and a slab goes back to a shared pool once every
/// payload in it was let go. So copying an event into the bus allocates nothing in the steady state.
/// </summary>
/// <remarks>
/// The owner thread counts what it hands out and pays the sum in when it retires the slab; until then a large bias keeps the
/// count above zero, so consumers may let go of payloads at any time with a single addition per run.
/// </remarks>
internal sealed class PayloadSlab
{
    /// <summary>Larger payloads get an array of their own.</summary>
    public const int MaxPayload = Size / 4;

    private const int Size = 64 * 1024;
    private const int OwnerBias = 1 << 30;
    private const int PoolLimit = 512;

    private static readonly Lock PoolLock = new();
    private static readonly Stack<PayloadSlab> Pool = new(64);
    [ThreadStatic] private static PayloadSlab? t_current;

    private int _used;
    private int _handedOut;
    private SharedCount _shared;

    private PayloadSlab()
    {
        Buffer = GC.AllocateUninitializedArray<byte>(Size);
        _shared.Held = OwnerBias;
    }

    public byte[] Buffer { get; }

    /// <summary>How many payloads were let go of; counts only until the slab is retired.</summary>
    public int Released => OwnerBias - Volatile.Read(ref _shared.Held);

    /// <summary>The calling thread's slab, with room for a payload.</summary>
    public static PayloadSlab Reserve(int length)
    {
        PayloadSlab? slab = t_current;
        if (slab is not null && slab._used + length <= Size)
            return slab;
        slab?.Retire();
        return t_current = Rent();
    }

    /// <summary>Copies a payload to the free end without keeping it: <see cref="Commit"/> follows when it was accepted.</summary>
    /// <returns>Where the payload stands.</returns>
    public int Write(ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Buffer.AsSpan(_used));
        return _used;
    }

    /// <summary>Keeps the payload just written. It may already have been let go of by a quick consumer.</summary>
    public void Commit(int length)
    {
        _used += length;
        _handedOut++;
    }

    /// <summary>Lets go of payloads. Any thread.</summary>
    public void Release(int count)
    {
        if (Interlocked.Add(ref _shared.Held, -count) == 0)
            Return(this);
    }

    private static PayloadSlab Rent()
    {
        lock (PoolLock)
        {
            if (Pool.TryPop(out PayloadSlab? slab))
                return slab;
        }
        return new();
    }

    private static void Return(PayloadSlab slab)
    {
        slab._used = 0;
        slab._handedOut = 0;
        slab._shared.Held = OwnerBias;
        lock (PoolLock)
        {
            if (Pool.Count < PoolLimit)
                Pool.Push(slab);
        }
    }

    private void Retire()
    {
        if (Interlocked.Add(ref _shared.Held, _handedOut - OwnerBias) == 0)
            Return(this);
    }

    /// <summary>On a cache line of its own: consumers write it while the owner fills the slab.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct SharedCount
    {
        [FieldOffset(64)]
        public int Held;
    }
}
