using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Net.Mesh.Transport;

/// <summary>The two calls that sending makes: a socket's, or a test's with a kernel in a bad mood.</summary>
internal unsafe interface IMessageCalls
{
    /// <summary>Sends messages without waiting.</summary>
    /// <returns>How many were sent, from the first on; or the negative error of the first.</returns>
    int Send(Message* messages, int count);

    /// <summary>Waits until the socket takes something, but not longer than this.</summary>
    void WaitWritable(int milliseconds);
}

/// <summary>The calls of a socket.</summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class SocketMessageCalls(Socket socket) : IMessageCalls
{
    public int Send(Message* messages, int count)
    {
        int sent = LibC.SendMessages(socket.SafeHandle, messages, (uint)count, LibC.MsgDontWait);
        return sent >= 0 ? sent : -Marshal.GetLastPInvokeError();
    }

    public void WaitWritable(int milliseconds) => socket.Poll(milliseconds * 1000, SelectMode.SelectWrite);
}
