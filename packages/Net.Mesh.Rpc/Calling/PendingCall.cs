using Net.Mesh.Rpc.Transport;

namespace Net.Mesh.Rpc.Calling;

/// <summary>A call that is not over. Whoever takes it out of the table decides how it ends.</summary>
internal abstract class PendingCall : Timed
{
    public ulong CallId => Key;

    /// <summary>The node that was called: nobody else's answers count (spec 07 §7.2).</summary>
    public NodeId Target { get; protected set; }

    /// <summary>The lifetime of the request stream that the request left on; null before it leaves.</summary>
    public CallRoute? Route { get; protected set; }

    public int Lifetime { get; protected set; }

    /// <summary>A reply came, of whatever shape; on the thread that receives.</summary>
    /// <returns>Whether the call is over with it.</returns>
    public abstract bool OnResponse(in Wire.ResponseFrame response);

    /// <summary>The handler takes so many items more.</summary>
    public virtual void OnRequestGrant(uint credits)
    {
    }

    /// <summary>The call cannot be answered any more. It is out of the table already.</summary>
    public abstract void Fail(Exception cause);
}
